"""What a program learns from a command's end, and a person from its one sentence."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.hold import Hold, HoldCode

pytestmark = pytest.mark.seconds(13)

TILLBRIDGE = Path(sys.executable).with_name("tillbridge")


def assert_one_sentence(result: Any, *, code: int, says: str) -> None:
    assert result.exit_code == code, result.output
    assert says in " ".join(result.stderr.split())
    assert "Traceback" not in result.output


def test_missing_settings_are_wrong_usage(bare_shop: Any) -> None:
    bare_shop.settings_file.unlink()
    assert_one_sentence(bare_shop.run("status"), code=2, says="There is no settings file")


def test_a_misspelt_setting_is_named_and_its_value_is_not(bare_shop: Any) -> None:
    with bare_shop.settings_file.open("a") as settings:
        settings.write('\n[telemetry]\nlog_levle = "hunter2"\n')
    result = bare_shop.run("status")
    assert_one_sentence(result, code=2, says="telemetry.log_levle")
    assert "hunter2" not in result.output


def test_an_unknown_connection_is_wrong_usage_that_names_those_there_are(shop: Any) -> None:
    result = shop.run("status", "--connection", "outlet")
    assert_one_sentence(result, code=2, says="no connection 'outlet'. Configured: main")


def test_with_several_connections_one_must_be_named(shop: Any) -> None:
    shop.configure(connections=("main", "outlet"))
    assert_one_sentence(shop.run("status"), code=2, says="--connection: main, outlet")


def test_a_journal_without_tables_is_unreachable_and_says_what_to_run(bare_shop: Any) -> None:
    result = bare_shop.run("map", "list")
    assert_one_sentence(result, code=3, says="Run: tillbridge journal migrate")


def test_the_journal_is_made_by_migrate_and_then_usable(bare_shop: Any) -> None:
    assert bare_shop.run("journal", "migrate").exit_code == 0
    assert bare_shop.run("journal", "migrate").exit_code == 0
    assert bare_shop.run("map", "list").exit_code == 0


def test_a_temporal_that_is_away_is_unreachable(shop: Any) -> None:
    says = "Temporal does not answer at 127.0.0.1:1"
    assert_one_sentence(shop.run("sync", "117"), code=3, says=says)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("retry",), "Give an ORDER, or --code CODE, or --all"),
        (("retry", "117", "--all"), "Give an ORDER, or --code CODE, or --all"),
        (("release",), "Give an ORDER or --code CODE"),
        (("hold", "117", "--reason", " "), "Say why with --reason"),
        (("skip", "117"), "--reason"),
        (("backfill", "--since", "yesterday"), "write it as 2026-11-01"),
        (("backfill", "--since", "2999-01-01"), "has not come yet"),
        (("serve", "--no-webhooks", "--no-codec"), "nothing left to serve"),
        (("sync", "two words"), "is not an order's id"),
    ],
)
def test_wrong_usage_says_what_is_right(shop: Any, arguments: tuple[str, ...], says: str) -> None:
    assert_one_sentence(shop.run(*arguments), code=2, says=says)


def test_an_order_that_is_not_held_cannot_be_skipped(shop: Any) -> None:
    result = shop.run("skip", "117", "--reason", "a test order")
    assert_one_sentence(result, code=1, says="Order 117 does not wait for a decision")


def test_status_lists_what_is_held_even_when_temporal_is_away(shop: Any) -> None:
    hold = Hold(step="document", code=HoldCode.PERIOD_CLOSED, reason="Closed.", remedy="Open it.")
    shop.remember(lambda j: j.holds.open("main", "order:9", hold, since=datetime.now(UTC)))

    shown = shop.run("status")
    assert shown.exit_code == 1
    assert "Closed." in shown.stdout
    assert "Open it." in shown.stdout
    assert "Temporal does not answer" in shown.stderr

    told = json.loads(shop.run("status", "9", "--json").stdout)
    assert (told["stage"], told["code"]) == ("held", "period-closed")


def test_an_order_that_awaits_its_store_needs_nobody(shop: Any) -> None:
    hold = Hold(step="plan", code=HoldCode.AWAITING_STORE, reason="It is 'Pending'.")
    shop.remember(lambda j: j.holds.open("main", "order:9", hold, since=datetime.now(UTC)))
    assert shop.run("status").exit_code == 0


def test_what_came_from_outside_cannot_steer_the_terminal(shop: Any) -> None:
    hold = Hold(step="document", code=HoldCode.REJECTED, reason="\x1b[2Jgone [red]x[/red]")
    shop.remember(lambda j: j.holds.open("main", "order:9", hold, since=datetime.now(UTC)))
    shown = shop.run("status").stdout
    assert "\x1b[2J" not in shown
    assert "gone [red]x[/red]" in shown


def test_the_installed_command_ends_with_the_same_codes(shop: Any) -> None:
    def code(*arguments: str) -> int:
        command = [str(TILLBRIDGE), *arguments, "--config", str(shop.settings_file)]
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode

    assert code("map", "list") == 0
    assert code("skip", "1", "--reason", "x") == 1
    assert code("status", "-c", "outlet") == 2
    assert code("sync", "1") == 3
