"""Finds secrets that stand in the settings file itself instead of being referred to."""

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import cast

_REFERENCES = ("env:", "secret:")
_CONNECTION_TABLES = ("store", "erp", "webhooks")
# How every secret of ours and of the connectors is named.
_SECRET_NAME = re.compile(r"(^|_)(token|secret|password|api_key)$")
_URL_WITH_PASSWORD = re.compile(r"^[^:/]+://[^/@]*:[^/@]+@")


def settings_path(named: Path | None) -> Path:
    """Return the settings file that is read when this one, or none, is named."""
    return named or Path(os.environ.get("TILLBRIDGE_CONFIG", "tillbridge.toml"))


def secrets_in_the_clear(path: Path) -> tuple[str, ...]:
    """Name the secret settings whose value anybody who may read the file can read.

    A file under version control or in a backup is read by many; `env:NAME` and, in a connection's
    store, erp and webhooks, `secret:NAME` keep the value out of it. No value is returned.
    """
    tree = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(name for name, value in _texts(tree) if _is_secret(name, value))


def remedy(name: str) -> str:
    """Say where the secret of that name belongs."""
    parts = name.split(".")
    if len(parts) > 3 and parts[0] == "connections" and parts[2] in _CONNECTION_TABLES:
        return (
            f'Write "secret:{parts[-1]}" and store it: tillbridge secrets set {parts[-1]} '
            f"--connection {parts[1]}; or write env:NAME."
        )
    return "Write env:NAME and set NAME in the environment or in .env."


def _is_secret(name: str, value: str) -> bool:
    if not value or value.startswith(_REFERENCES):
        return False
    if name == "journal.url":
        return bool(_URL_WITH_PASSWORD.match(value))
    return name.startswith("keys.") or bool(_SECRET_NAME.search(name.rpartition(".")[2]))


def _texts(tree: object, *where: str) -> Iterator[tuple[str, str]]:
    if isinstance(tree, dict):
        for key, value in cast(dict[str, object], tree).items():
            yield from _texts(value, *where, key)
    elif isinstance(tree, str):
        yield ".".join(where), tree
