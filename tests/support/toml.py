"""Writes a tree of tables, strings, numbers and lists as TOML."""

import json
from collections.abc import Mapping


def as_toml(tree: Mapping[str, object], *, within: tuple[str, ...] = ()) -> str:
    plain = {name: value for name, value in tree.items() if not isinstance(value, Mapping)}
    lines = [f"{json.dumps(name)} = {json.dumps(value)}" for name, value in plain.items()]
    for name, value in tree.items():
        if isinstance(value, Mapping):
            path = (*within, name)
            lines.append(f"[{'.'.join(json.dumps(part) for part in path)}]")
            lines.append(as_toml(value, within=path))
    return "\n".join(lines) + "\n"
