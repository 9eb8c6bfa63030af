"""Writes settings as a file: tables, strings, numbers and lists as TOML."""

import json
from collections.abc import Mapping


def as_toml(tree: Mapping[str, object], *, within: tuple[str, ...] = ()) -> str:
    """Return the tree as TOML; what is not a table stands before the tables."""
    plain = {name: value for name, value in tree.items() if not isinstance(value, Mapping)}
    lines = [f"{json.dumps(name)} = {json.dumps(value)}" for name, value in plain.items()]
    for name, value in tree.items():
        if isinstance(value, Mapping):
            path = (*within, name)
            lines.append(f"[{'.'.join(json.dumps(part) for part in path)}]")
            lines.append(as_toml(value, within=path))
    return "\n".join(lines) + "\n"
