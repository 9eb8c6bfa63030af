"""What SAP can keep of a text: one line without control characters, cut to the column's width."""

import unicodedata


def fitted(text: str, width: int) -> str:
    """Return as much of a text as its column holds."""
    kept = "".join(c for c in " ".join(text.split()) if unicodedata.category(c) not in _UNWRITABLE)
    return kept[:width].rstrip()


_UNWRITABLE = frozenset({"Cc", "Cf", "Cs", "Co"})


def literal(value: str | int) -> str:
    """Write a value into a filter. Quotes are doubled, so that no value can end its text."""
    if isinstance(value, int):
        return str(value)
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def any_of(name: str, values: list[str]) -> str:
    """Write the condition that a property holds one of the values."""
    return "(" + " or ".join(f"{name} eq {literal(value)}" for value in values) + ")"
