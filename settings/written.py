"""Writes settings as a file: tables, strings, numbers and lists as TOML."""

import json
import re
from collections.abc import Mapping

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def as_toml(tree: Mapping[str, object], *, within: tuple[str, ...] = ()) -> str:
    """Return the tree as TOML; what is not a table stands before the tables."""
    plain = {name: value for name, value in tree.items() if not isinstance(value, Mapping)}
    heading = f"[{'.'.join(map(_key, within))}]\n" if within and (plain or not tree) else ""
    lines = "".join(f"{_key(name)} = {json.dumps(value)}\n" for name, value in plain.items())
    tables = (
        as_toml(value, within=(*within, name))
        for name, value in tree.items()
        if isinstance(value, Mapping)
    )
    return "\n".join(part for part in (heading + lines, *tables) if part)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name)
