import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import aclosing
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin

import httpx
import pytest
from pydantic import BaseModel
from typer.testing import CliRunner

from connectors.acumatica.connector import acumatica
from connectors.acumatica.settings import AcumaticaSettings
from connectors.contract import Capability
from connectors.registry import SystemMisconfigured, open_erp
from connectors.sap_business_one.connector import sap_business_one
from connectors.sap_business_one.settings import SapBusinessOneSettings
from connectors.syspro.connector import syspro
from connectors.syspro.settings import SysproSettings
from starters.capabilities import EXPLAINED, LEAST, NoSessions, markdown, offers
from starters.cli.main import app

PAGE = Path(__file__).parents[2] / "docs" / "capabilities.md"
ERPS: Mapping[str, tuple[Any, Any]] = {
    "acumatica": (AcumaticaSettings, acumatica),
    "sap-business-one": (SapBusinessOneSettings, sap_business_one),
    "syspro": (SysproSettings, syspro),
}
NOWHERE = httpx.MockTransport(lambda request: pytest.fail(f"{request.url} was asked"))
# What a setting needs beside it, or instead, to be valid.
BESIDE: Mapping[str, Mapping[str, object]] = {
    "reference_field": {"reference_field": "NumAtCard"},
    "customer_strategy": {"web_customers": {"USD": "WEB"}},
    "tax_amounts": {"tax_rate": 10},
}


async def test_the_page_says_what_the_connectors_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown(await offers()), (
        "write it anew: tillbridge capabilities --markdown > docs/capabilities.md"
    )


def test_every_capability_is_explained() -> None:
    assert set(EXPLAINED) == set(Capability)


async def test_every_erp_that_there_is_a_connector_for_is_listed() -> None:
    with pytest.raises(SystemMisconfigured) as refusal:
        open_erp({"type": "none"}, NoSessions())
    known = str(refusal.value).partition("connectors for: ")[2].rstrip(".").split(", ")
    assert {offer.system for offer in await offers() if offer.side == "erp"} == set(known)
    assert set(ERPS) == set(known)


@pytest.mark.parametrize("system", ERPS)
async def test_no_setting_makes_a_difference_that_is_not_listed(system: str) -> None:
    listed = [offer for offer in await offers() if offer.system == system]
    known = {frozenset(offer.capabilities) for offer in listed}
    model, build = ERPS[system]
    for offer in listed:
        for change in _changes(model, without=LEAST[system]):
            settings = model.model_validate({**LEAST[system], **offer.settings, **change})
            async with aclosing(build(settings, NoSessions(), transport=NOWHERE)) as erp:
                assert erp.capabilities in known, f"{change} makes a difference"


def test_the_command_prints_json_markdown_and_a_table_without_any_settings(tmp_path: Path) -> None:
    runner = CliRunner(env={"TILLBRIDGE_CONFIG": str(tmp_path / "none.toml")})
    told = runner.invoke(app, ["capabilities", "--json"])
    assert told.exit_code == 0
    by_erp = [one for one in json.loads(told.stdout) if one["system"] == "syspro"]
    assert [one["settings"]["strategy"] for one in by_erp] == ["ar-invoice", "sales-order"]
    assert "values-only" in by_erp[0]["capabilities"]
    assert runner.invoke(app, ["capabilities", "--markdown"]).stdout == PAGE.read_text("utf-8")
    assert "create-customers" in runner.invoke(app, ["capabilities"]).stdout


def _changes(model: type[BaseModel], *, without: Collection[str] = ()) -> Iterator[dict[str, Any]]:
    """Set each setting in turn to each of its choices, or to some text where it takes any."""
    for name, field in model.model_fields.items():
        if name == "profile":
            yield from ({name: change} for change in _changes(cast(Any, field.annotation)))
        elif name not in without:
            for value in _values(field.annotation):
                yield {name: value, **BESIDE.get(name, {})}


def _values(kind: Any) -> tuple[Any, ...]:
    parts = get_args(kind)
    if get_origin(kind) is Literal:
        return parts
    if kind is bool:
        return (True, False)
    if kind is str:
        return ("W",)
    if get_origin(kind) in (Union, UnionType) and int in parts:
        return (1,)
    return ()
