"""`tillbridge secrets`: kept encrypted, listed by name, never shown."""

import json
from typing import Any

import pytest

from settings.keyring import Keyring


def test_a_secret_from_standard_input_is_kept_and_only_its_name_is_listed(shop: Any) -> None:
    kept = shop.run("secrets", "set", "erp-password", stdin="hunter2-in-the-clear\n")
    listed = shop.run("secrets", "list", "--json")

    assert (kept.exit_code, json.loads(listed.stdout)) == (0, ["erp-password"])
    assert "hunter2" not in kept.output + listed.output
    read = shop.remember(lambda journal: journal.secrets.get("main", "erp-password"))
    assert read == "hunter2-in-the-clear"
    lies_there = b"".join(file.read_bytes() for file in shop.folder.glob("journal.db*"))
    assert b"hunter2" not in lies_there


def test_a_secret_is_taken_from_a_variable(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP_PASSWORD", "from-the-environment")
    assert shop.run("secrets", "set", "p", "--value-from-env", "ERP_PASSWORD").exit_code == 0
    read = shop.remember(lambda journal: journal.secrets.get("main", "p"))
    assert read == "from-the-environment"


def test_an_empty_secret_is_refused(shop: Any) -> None:
    assert shop.run("secrets", "set", "p", stdin="\n").exit_code == 2
    assert shop.run("secrets", "set", "p", "--value-from-env", "NOT_SET_ANYWHERE").exit_code == 2


def test_after_a_rotation_the_old_key_may_go(shop: Any) -> None:
    shop.run("secrets", "set", "p", stdin="s3cret")
    old = shop.settings_file.read_text().partition('journal = "')[2].partition('"')[0]
    new = shop.run_bare("secrets", "new-key", "two").stdout.strip()

    shop.configure(journal_key=f"{new},{old}")
    rotated = json.loads(shop.run("secrets", "rotate", "--json").stdout)
    assert rotated["secrets"] == 1

    shop.configure(journal_key=new)
    assert json.loads(shop.run("secrets", "list", "--json").stdout) == ["p"]
    again = shop.run("secrets", "rotate", "--json")
    assert (again.exit_code, json.loads(again.stdout)["secrets"]) == (0, 0)


def test_a_new_key_is_written_as_the_settings_take_it(shop: Any) -> None:
    made = shop.run_bare("secrets", "new-key", "2026-11")
    assert Keyring.parse(made.stdout.strip()).current == "2026-11"
    assert shop.run_bare("secrets", "new-key", "a:b").exit_code == 2
