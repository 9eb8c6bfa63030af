"""The pages agree with the code: commands, settings, links, hold codes, statuses, scopes."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel

from connectors.acumatica.profile import AcumaticaProfile
from connectors.acumatica.settings import AcumaticaSettings
from connectors.bigcommerce.hooks import WEBHOOK_SCOPES
from connectors.bigcommerce.settings import DEFAULT_GATES, BigCommerceSettings
from connectors.sap_business_one.profile import SapProfile
from connectors.sap_business_one.settings import SapBusinessOneSettings
from connectors.syspro.profile import SysproProfile
from connectors.syspro.settings import SysproSettings
from domain.hold import HoldCode
from domain.mapping import RuleKind
from domain.plan import Gate
from settings.customers import CustomerSettings
from settings.model import PolicySettings, ScheduleSettings, Settings, WebhookSettings
from settings.push import PricePushSettings, StockPushSettings
from starters.cli.main import app

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
SECTIONS: Mapping[str, type[BaseModel]] = {
    "store": BigCommerceSettings,
    "policy": PolicySettings,
    "webhooks": WebhookSettings,
    "schedules": ScheduleSettings,
    "customers": CustomerSettings,
}
PUSHES: Mapping[str, type[BaseModel]] = {
    "stock": StockPushSettings,
    "prices": PricePushSettings,
}
# A page named for an ERP speaks of its settings, every other one of SYSPRO's.
ERPS: Mapping[str, tuple[type[BaseModel], type[BaseModel]]] = {
    "acumatica": (AcumaticaSettings, AcumaticaProfile),
    "sap-business-one": (SapBusinessOneSettings, SapProfile),
    "syspro": (SysproSettings, SysproProfile),
}
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)

_FENCE = re.compile(r"^[ ]*```(\w*)\n(.*?)^[ ]*```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`]+)`")
_COMMAND = re.compile(r"(?:^|(?<=[\s/(]))tillbridge +([a-z].*)")
_END_OF_COMMAND = re.compile(r"\s(?:#|\||&&|;|>)")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


@pages
def test_every_command_that_a_page_names_exists_with_its_options(page: Path) -> None:
    wrong = [words for words in _commands(page) if not _exists(words)]
    assert wrong == []


@pages
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    broken: list[str] = []
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        address, _, anchor = link.partition("#")
        target = (page.parent / address).resolve() if address else page
        if "://" not in link and not (target.exists() and _has(target, anchor)):
            broken.append(link)
    assert broken == []


@pages
def test_every_settings_fragment_of_a_page_names_settings_that_exist(page: Path) -> None:
    fences = _FENCE.findall(page.read_text(encoding="utf-8"))
    unknown = [
        name
        for language, text in fences
        if language == "toml"
        for name in _unknown_settings(tomllib.loads(text), page)
    ]
    assert unknown == []


@pages
def test_every_setting_that_a_page_names_by_its_section_exists(page: Path) -> None:
    named = re.findall(r"`(profile|policy|schedules)\.(\w+)", page.read_text(encoding="utf-8"))
    _, profile = _erp_of(page)
    models = {**SECTIONS, "profile": profile}
    assert [f"{s}.{n}" for s, n in named if n not in models[s].model_fields] == []


@pytest.mark.parametrize("code", HoldCode, ids=str)
def test_every_hold_code_has_its_row_in_the_runbook(code: HoldCode) -> None:
    rows = _rows(ROOT / "docs" / "operations.md")
    assert f"`{code}`" in [row[0] for row in rows]


def test_the_table_of_statuses_is_the_one_in_force() -> None:
    rows = _rows(ROOT / "docs" / "bigcommerce.md")
    gates = {f"`{gate}`" for gate in Gate}
    told = {row[0]: row[2].strip("`") for row in rows if len(row) == 3 and row[2] in gates}
    assert told == {status: gate.value for status, gate in DEFAULT_GATES.items()}


def test_the_webhook_scopes_are_listed_whole() -> None:
    text = (ROOT / "docs" / "bigcommerce.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`(store/[^`]+)`", text)) == WEBHOOK_SCOPES


def _commands(page: Path) -> Iterator[list[str]]:
    text = page.read_text(encoding="utf-8")
    lines = [line for _, block in _FENCE.findall(text) for line in block.splitlines()]
    lines += [" ".join(span.split()) for span in _SPAN.findall(_FENCE.sub("", text))]
    for line in lines:
        if found := _COMMAND.search(line):
            yield _END_OF_COMMAND.split(found[1])[0].split()


def _exists(words: list[str]) -> bool:
    command: Any = typer.main.get_command(app)
    rest = list(words)
    while isinstance(getattr(command, "commands", None), dict):
        if not rest or rest[0].startswith("-"):
            break  # a group named as a whole, or with options of its own
        if rest[0] not in command.commands:
            return False
        command = command.commands[rest.pop(0)]
    options = {option for parameter in command.params for option in parameter.opts}
    return all(word.partition("=")[0] in options for word in rest if word.startswith("-"))


def _has(page: Path, anchor: str) -> bool:
    if not anchor:
        return True
    headings = _HEADING.findall(page.read_text(encoding="utf-8"))
    slugs = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    return anchor in slugs


def _erp_of(page: Path) -> tuple[type[BaseModel], type[BaseModel]]:
    return ERPS.get(page.stem, ERPS["syspro"])


def _unknown_settings(fragment: Mapping[str, Any], page: Path) -> Iterator[str]:
    for section, content in fragment.items():
        if section == "connections":
            for connection in content.values():
                yield from _unknown_in_connection(connection, page)
        elif section in Settings.model_fields:
            model: Any = Settings.model_fields[section].annotation
            yield from (f"{section}.{key}" for key in content if key not in model.model_fields)
        else:
            yield section


def _unknown_in_connection(connection: Mapping[str, Any], page: Path) -> Iterator[str]:
    erp, dialect = _erp_of(page)
    for name, content in connection.items():
        if name == "mappings":
            yield from (kind for kind in content if kind not in list(RuleKind))
            continue
        if name == "push":
            for flow, chosen in content.items():
                yield from (
                    f"push.{flow}.{k}" for k in chosen if k not in PUSHES[flow].model_fields
                )
            continue
        model = erp if name == "erp" else SECTIONS.get(name)
        known = {*model.model_fields, "type"} if model else set[str]()
        yield from (f"{name}.{key}" for key in content if key not in known)
        profile = content.get("profile", {})
        yield from (key for key in profile if key not in dialect.model_fields)


def _rows(page: Path) -> list[list[str]]:
    lines = page.read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in ln.split("|")[1:-1]] for ln in lines if ln.startswith("| ")]
