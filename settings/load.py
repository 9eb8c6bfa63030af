"""Reads tillbridge.toml, the environment and .env, and says in words what is wrong with them."""

import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import cast

from dotenv import dotenv_values
from pydantic import ValidationError

from settings.model import Settings

_REFERENCE = re.compile(r"^(env|secret):([A-Za-z0-9_.-]+)$")
_OVERRIDE_PREFIX = "TILLBRIDGE_"
_MAY_BE_SECRET = ("store", "erp", "webhooks")
_CONTROL_NAMES = {"TILLBRIDGE_CONFIG", "TILLBRIDGE_SPECS", "TILLBRIDGE_POSTGRES_URL"}


class SettingsInvalid(Exception):
    """The settings cannot be used. The message names each fault, where it is and what to do."""


def load_settings(path: Path | None = None, env: Mapping[str, str] | None = None) -> Settings:
    """Read the settings file; without a path, $TILLBRIDGE_CONFIG or ./tillbridge.toml.

    A value `env:NAME` is taken from the environment (or .env beside the file). A variable
    `TILLBRIDGE_SECTION__NAME` overrides one setting. A value `secret:NAME` of a connection's store
    or ERP is left for later: it lies encrypted in the journal.

    Raises:
        SettingsInvalid: the file is missing, is not TOML, or a setting is wrong or missing.
    """
    env = dict(os.environ if env is None else env)
    path = path or Path(env.get("TILLBRIDGE_CONFIG", "tillbridge.toml"))
    if not path.is_file():
        raise SettingsInvalid(
            f"There is no settings file {path}. Copy tillbridge.example.toml to it and fill it in, "
            "or name another one with --config or TILLBRIDGE_CONFIG."
        )
    beside = {k: v for k, v in dotenv_values(path.parent / ".env").items() if v is not None}
    env = {**beside, **env}
    tree = _parsed(path)
    _override(tree, env)
    if misplaced := ", ".join(_misplaced_secrets(tree)):
        raise SettingsInvalid(
            f"{path}: {misplaced} cannot be a secret: value; only a connection's store, erp "
            "and webhooks can. Write env:NAME and set NAME in the environment or in .env."
        )

    def from_environment(kind: str, name: str) -> str | None:
        if kind == "secret":
            return f"secret:{name}"
        if name not in env:
            raise SettingsInvalid(f"{path} refers to env:{name}, but {name} is not set.")
        return env[name]

    try:
        settings = Settings.model_validate(resolve_references(tree, from_environment))
    except ValidationError as error:
        raise SettingsInvalid(in_words(error, str(path))) from None
    return settings.model_copy(update={"folder": path.parent.resolve()})


def resolve_references(tree: object, lookup: Callable[[str, str], str | None]) -> object:
    """Replace every `env:NAME` and `secret:NAME` in a tree by what the lookup says."""
    if isinstance(tree, dict):
        branches = cast(dict[str, object], tree)
        return {key: resolve_references(value, lookup) for key, value in branches.items()}
    if isinstance(tree, list):
        return [resolve_references(value, lookup) for value in cast(list[object], tree)]
    if isinstance(tree, str) and (reference := _REFERENCE.match(tree)):
        return lookup(reference[1], reference[2])
    return tree


def in_words(error: ValidationError, where: str) -> str:
    """Say what is wrong, one line a fault, without repeating any value (it may be a secret)."""
    faults = [
        f"  {'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
        for fault in error.errors(include_input=False, include_url=False)
    ]
    return "\n".join([f"{where} has {len(faults)} fault(s):", *faults])


def _parsed(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"{path} is not valid TOML: {error}") from None
    except OSError as error:
        raise SettingsInvalid(f"{path} cannot be read: {error.strerror}.") from None


def _misplaced_secrets(tree: object, *where: str) -> Iterator[str]:
    """Find what would be taken literally: the journal's secrets are known to connectors alone."""
    if isinstance(tree, dict):
        if len(where) == 3 and where[0] == "connections" and where[2] in _MAY_BE_SECRET:
            return
        for key, value in cast(dict[str, object], tree).items():
            yield from _misplaced_secrets(value, *where, key)
    elif isinstance(tree, str) and tree.startswith("secret:"):
        yield ".".join(where)


def _override(tree: dict[str, object], env: Mapping[str, str]) -> None:
    for name, value in env.items():
        if not name.startswith(_OVERRIDE_PREFIX) or name in _CONTROL_NAMES or "__" not in name:
            continue
        *sections, leaf = name.removeprefix(_OVERRIDE_PREFIX).lower().split("__")
        branch = tree
        for section in sections:
            # A connection's name may have a hyphen, which no variable's name can have.
            hyphened = section.replace("_", "-")
            inner = branch.setdefault(hyphened if hyphened in branch else section, {})
            if not isinstance(inner, dict):
                raise SettingsInvalid(f"{name} overrides nothing: '{section}' is not a section.")
            branch = cast(dict[str, object], inner)
        branch[leaf] = value
