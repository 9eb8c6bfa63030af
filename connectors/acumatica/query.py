"""Writes questions: OData v3 filters and a query string that IIS reads as meant. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from pydantic import BaseModel


class Wanted(BaseModel):
    """Which fields come back, and which nested parts they are in."""

    select: tuple[str, ...]
    expand: tuple[str, ...] = ()

    @property
    def params(self) -> dict[str, str]:
        """Return the options; a part that is expanded but not selected would be dropped."""
        params = {"$select": ",".join(self.select)}
        if self.expand:
            params["$expand"] = ",".join(self.expand)
        return params


def equals(field: str, value: str) -> str:
    """Compare a text."""
    return f"{field} eq {_quoted(value)}"


def since_when(field: str, since: datetime) -> str:
    """Compare a time, the same moment included; one without an offset is read in several ways."""
    return f"{field} ge datetimeoffset'{since.astimezone(UTC).isoformat()}'"


def starts(field: str, value: str) -> str:
    """Compare the beginning of a text; a function stands alone, compared with true it is lost."""
    return f"startswith({field},{_quoted(value)})"


def one_of(field: str, values: Sequence[str]) -> str:
    """Compare with several texts."""
    return "(" + " or ".join(equals(field, value) for value in values) + ")"


def all_of(*conditions: str) -> str:
    """Join conditions."""
    return " and ".join(conditions)


def query_string(params: Mapping[str, str]) -> str:
    """Encode options: blanks as %20 and the plus of an offset as %2B."""
    return "&".join(f"{name}={quote(value, safe=',/')}" for name, value in params.items())


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
