"""Secrets that stand in the settings file are named by `ping` and `secrets check`, never shown."""

import json
from typing import Any


def test_ping_names_each_and_says_where_it_belongs(shop: Any) -> None:
    findings = json.loads(shop.run("ping", "--json").stdout)["findings"]
    told = [one for one in findings if one["part"] == "settings"]
    assert [one["detail"] for one in told] == [
        "keys.journal stands in the clear.",
        "keys.payloads stands in the clear.",
        "connections.main.webhooks.path_secret stands in the clear.",
        "connections.main.webhooks.client_secret stands in the clear.",
    ]
    assert all(one["ok"] and one["remedy"] for one in told)
    assert "an-unguessable-path-secret" not in json.dumps(findings)


def test_secrets_check_fails_as_long_as_there_are_any(shop: Any) -> None:
    checked = shop.run("secrets", "check")
    assert checked.exit_code == 1
    assert "connections.main.webhooks.client_secret" in checked.output
    assert "the-client-secret" not in checked.output
