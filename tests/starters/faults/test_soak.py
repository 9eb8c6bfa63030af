"""The soak: its script comes from the seed alone, and a small one comes out clean."""

from pathlib import Path

import pytest

from sandbox.faults import FaultKind
from starters.faults.soak.acts import Break, FollowUp, Kill, Place, Restart, Script
from starters.faults.soak.run import run_soak
from starters.faults.soak.script import KINDS, script_of
from starters.faults.systems import ERPS_UNDER_FAULT

pytestmark = pytest.mark.seconds(95)

MANY = 1500
SYSPRO = ERPS_UNDER_FAULT["syspro"]


@pytest.fixture(scope="module")
def long_script() -> Script:
    return script_of(7, MANY, SYSPRO)


def test_the_same_seed_writes_the_same_script(long_script: Script) -> None:
    again = script_of(7, MANY, SYSPRO)
    assert again == long_script
    assert again.digest == long_script.digest


def test_another_seed_writes_another_script(long_script: Script) -> None:
    assert script_of(8, MANY, SYSPRO).digest != long_script.digest
    assert script_of(7, MANY - 1, SYSPRO).digest != long_script.digest


def test_what_is_bought_is_the_same_in_every_erp(long_script: Script) -> None:
    for erp in ERPS_UNDER_FAULT.values():
        acts = script_of(7, MANY, erp).acts
        bought = [act for act in acts if isinstance(act, Place)]
        assert bought == [act for act in long_script.acts if isinstance(act, Place)]


def test_a_script_survives_being_written_down(long_script: Script) -> None:
    read = Script.model_validate_json(long_script.model_dump_json())
    assert read.digest == long_script.digest


def test_every_order_is_placed_before_anything_follows_it(long_script: Script) -> None:
    placed = 0
    for act in long_script.acts:
        placed += isinstance(act, Place)
        assert not isinstance(act, FollowUp) or act.order < placed
    assert placed == MANY


def test_orders_are_edited_cancelled_refunded_paid_late_and_shipped(long_script: Script) -> None:
    deeds = {act.action.do for act in long_script.acts if isinstance(act, FollowUp)}
    assert deeds == {"edit", "cancel", "refund", "pay", "status"}


def test_every_kind_of_fault_befalls_both_systems(long_script: Script) -> None:
    breaks = [act for act in long_script.acts if isinstance(act, Break)]
    assert {(act.side, act.fault.kind) for act in breaks} == {
        (side, kind) for side in ("store", "erp") for kind in KINDS
    }


def test_where_a_proxy_stands_before_an_erp_every_fault_there_is_befalls_it() -> None:
    acts = script_of(7, MANY, ERPS_UNDER_FAULT["sap-business-one"]).acts
    kinds = {act.fault.kind for act in acts if isinstance(act, Break)}
    assert kinds == set(FaultKind) - {FaultKind.HOLD}


def test_every_part_is_killed_and_every_system_goes_away(long_script: Script) -> None:
    kills = {(act.part, act.by) for act in long_script.acts if isinstance(act, Kill)}
    away = {act.side for act in long_script.acts if isinstance(act, Restart)}
    assert kills == {
        ("worker", "SIGKILL"),
        ("worker", "SIGTERM"),
        ("serve", "SIGKILL"),
        ("temporal", "SIGKILL"),
    }
    assert away == {"store", "erp"}


async def test_a_small_soak_loses_nothing_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEMPORAL_ADDRESS", raising=False)
    told: list[str] = []
    result = await run_soak(tmp_path / "soak", orders=40, seed=8, say=told.append)

    assert result.violations == (), "\n".join(told)
    assert (result.lost, result.duplicated, result.wrong_totals) == (0, 0, 0)
    assert result.orders == result.posted + result.ignored == 40
    assert result.released == 1
    assert result.kills == {"worker SIGKILL": 1, "temporal SIGKILL": 1}
    assert sum(result.faults.values()) > 0
    assert result.script == script_of(8, 40, SYSPRO).digest
