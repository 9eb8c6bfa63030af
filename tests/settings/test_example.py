import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest
from dotenv import dotenv_values
from pydantic import BaseModel

from connectors.acumatica.settings import AcumaticaSettings
from connectors.bigcommerce.settings import BigCommerceSettings
from connectors.sap_business_one.settings import SapBusinessOneSettings
from connectors.syspro.settings import SysproSettings
from settings.load import load_settings
from settings.model import ConnectionSettings, Settings

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "tillbridge.example.toml"
TEXT = EXAMPLE.read_text(encoding="utf-8")
CONNECTION = "connections.main"
ENV = {name: f"value of {name}" for name in dotenv_values(ROOT / ".env.example")}
SET_BY_THE_LOADER = {"folder"}


def settings_of(model: type[BaseModel], where: str) -> Iterator[tuple[str, str]]:
    """List every setting as (section, name), sections inside sections too."""
    for name, field in model.model_fields.items():
        inner = [
            part
            for part in (field.annotation, *get_args(field.annotation))
            if isinstance(part, type) and issubclass(part, BaseModel)
        ]
        if name in SET_BY_THE_LOADER:
            continue
        if inner and inner[0] is ConnectionSettings:
            yield from settings_of(ConnectionSettings, CONNECTION)
        elif inner:
            yield from settings_of(inner[0], f"{where}.{name}".lstrip("."))
        else:
            yield where, name


def named_in(text: str) -> Iterator[tuple[str, str, str]]:
    """List what the example names, commented out or not, with the line above it."""
    section, above = "", ""
    for line in text.splitlines():
        if header := re.fullmatch(r"\[([\w.-]+)\]", line):
            section = header[1]
            parent, _, name = section.rpartition(".")
            yield parent, name, above
            yield parent.rpartition(".")[0], parent.rpartition(".")[2], above  # e.g. `mappings`
        elif setting := re.match(r'(?:# )?"?([\w.*-]+)"? = ', line):
            yield section, setting[1], above
        above = line


NAMED = {(section, name): above for section, name, above in named_in(TEXT)}
EVERY_SETTING = [
    *settings_of(Settings, ""),
    *settings_of(BigCommerceSettings, f"{CONNECTION}.store"),
    *settings_of(SysproSettings, f"{CONNECTION}.erp"),
]


# What takes the place of SYSPRO's lines, without the bar before it.
IN_PLACE = [
    "".join(re.findall(r"^#\|(?: (.*\n)|\n)", block, re.MULTILINE))
    for block in re.findall(r"(?:^#\|.*\n)+", TEXT, re.MULTILINE)
]
OTHER_ERPS: list[tuple[str, type[BaseModel], str]] = [
    ("acumatica", AcumaticaSettings, IN_PLACE[0]),
    ("sap-business-one", SapBusinessOneSettings, IN_PLACE[1]),
]
of_other_erps = pytest.mark.parametrize(
    ("system", "model", "text"), OTHER_ERPS, ids=[system for system, _, _ in OTHER_ERPS]
)


@pytest.mark.parametrize(
    ("section", "name"), EVERY_SETTING, ids=[".".join(s) for s in EVERY_SETTING]
)
def test_the_example_names_and_explains_the_setting(section: str, name: str) -> None:
    assert (section, name) in NAMED, f"tillbridge.example.toml does not name {section}.{name}"
    assert NAMED[section, name].startswith("# ")


def test_the_example_loads_with_what_env_example_names() -> None:
    settings = load_settings(EXAMPLE, ENV)
    assert set(settings.connections) == {"main"}


def test_the_example_s_store_and_erp_are_as_their_connectors_want_them() -> None:
    connection = load_settings(EXAMPLE, ENV).connection("main")
    assert connection.store["type"] == "bigcommerce"
    assert connection.erp["type"] == "syspro"
    store = BigCommerceSettings.model_validate(without_type(connection.store))
    erp = SysproSettings.model_validate(without_type(connection.erp))
    assert store.timeouts == BigCommerceSettings.model_fields["timeouts"].default
    assert erp.profile == SysproSettings.model_fields["profile"].default


def test_the_example_shows_defaults_where_there_are_any() -> None:
    settings = load_settings(EXAMPLE, ENV)
    for section in (
        "temporal",
        "journal",
        "webhook_service",
        "codec_server",
        "worker",
        "telemetry",
    ):
        assert getattr(settings, section) == Settings.model_fields[section].default
    connection = settings.connection("main")
    assert connection.schedules == ConnectionSettings.model_fields["schedules"].default


def test_every_variable_of_the_example_and_of_compose_is_in_env_example() -> None:
    named = set(re.findall(r'= "env:(\w+)"', TEXT))
    named |= set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    listed = set(re.findall(r"^(?:# )?(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert named == listed


def test_env_example_holds_no_value() -> None:
    assert not any(dotenv_values(ROOT / ".env.example").values())


def test_the_example_can_be_uncommented_whole(tmp_path: Path) -> None:
    whole = re.sub(r'^# ("?[\w.*-]+"? = )', r"\1", TEXT, flags=re.MULTILINE)
    (tmp_path / "tillbridge.toml").write_text(whole, encoding="utf-8")
    listed = re.findall(r"^# (\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    env = {**ENV, **{name: f"value of {name}" for name in listed}}
    connection = load_settings(tmp_path / "tillbridge.toml", env).connection("main")
    BigCommerceSettings.model_validate(without_type(connection.store))
    SysproSettings.model_validate(without_type(connection.erp))


@of_other_erps
def test_the_example_names_and_explains_every_setting_of_the_other_erps(
    system: str, model: type[BaseModel], text: str
) -> None:
    named = {(section, name): above for section, name, above in named_in(text)}
    wanted = set(settings_of(model, f"{CONNECTION}.erp"))
    assert {one for one in wanted if not named.get(one, "").startswith("# ")} == set()
    assert (f"{CONNECTION}.erp", "type") in named


@of_other_erps
def test_the_lines_of_another_erp_are_as_its_connector_wants_them(
    system: str, model: type[BaseModel], text: str
) -> None:
    erp = tomllib.loads(text, parse_float=Decimal)["connections"]["main"]["erp"]
    assert erp["type"] == system
    shown = model.model_validate(without_type(erp))
    for name, field in model.model_fields.items():
        assert field.is_required() or getattr(shown, name) == field.default, name


@of_other_erps
def test_the_lines_of_another_erp_can_be_uncommented_whole(
    system: str, model: type[BaseModel], text: str
) -> None:
    whole = re.sub(r'^# ("?[\w.*-]+"? = )', r"\1", text, flags=re.MULTILINE)
    erp = tomllib.loads(whole, parse_float=Decimal)["connections"]["main"]["erp"]
    model.model_validate(without_type(erp))


@of_other_erps
def test_another_erp_s_lines_take_the_place_of_syspro_s(
    system: str, model: type[BaseModel], text: str, tmp_path: Path
) -> None:
    replaced = {header for header in re.findall(r"^\[(.+)\]$", text, re.MULTILINE)}
    kept = [
        part
        for part in re.split(r"^(?=\[)", TEXT, flags=re.MULTILINE)
        if not part.startswith(f"[{CONNECTION}.erp")
        and part.partition("]")[0].lstrip("[") not in replaced
    ]
    (tmp_path / "tillbridge.toml").write_text("".join([*kept, text]), encoding="utf-8")
    listed = re.findall(r"^# (\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    env = {**ENV, **{name: f"value of {name}" for name in listed}}
    connection = load_settings(tmp_path / "tillbridge.toml", env).connection("main")
    assert connection.erp["type"] == system
    model.model_validate(without_type(connection.erp))


def without_type(config: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in config.items() if name != "type"}
