"""Reads the elements of one item as SYSPRO does; elements nobody asks for are silently ignored."""

import re
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element

from sandbox.syspro import refusals
from sandbox.syspro.settings import SysproSettings
from sandbox.syspro.xml import windows_1252

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class Fields:
    """The children of one element, read by exact name."""

    def __init__(self, element: Element | None, settings: SysproSettings) -> None:
        self._element = element
        self._settings = settings

    def raw(self, name: str) -> str | None:
        """The trimmed text in SYSPRO's repertoire, None when the element is absent."""
        found = self._element.find(name) if self._element is not None else None
        return None if found is None else windows_1252(found.text or "").strip()

    def has(self, name: str) -> bool:
        """Whether the element is there at all, be it empty."""
        return self.raw(name) is not None

    def text(self, name: str, *, width: int = 0, default: str = "") -> str:
        """The text, cut to its column or refused, as the site is set up."""
        value = self.raw(name) or default
        if width and len(value) > width:
            if self._settings.over_width == "refuse":
                raise refusals.too_long(name, value, width)
            return value[:width].rstrip()
        return value

    def required(self, name: str, *, width: int = 0) -> str:
        """The text of a mandatory element."""
        value = self.text(name, width=width)
        if not value:
            raise refusals.mandatory(name)
        return value

    def choice(self, name: str, allowed: str, *, default: str = "") -> str:
        """One of the given one-letter codes; without a default the element is mandatory."""
        value = self.text(name, default=default)
        if not value:
            raise refusals.mandatory(name)
        if len(value) != 1 or value not in allowed:
            raise refusals.invalid(name, value, " or ".join(allowed))
        return value

    def yes(self, name: str, *, default: str = "N") -> bool:
        """A Y or N element."""
        return self.choice(name, "YN", default=default) == "Y"

    def number(self, name: str, *, decimals: int = 2) -> Decimal | None:
        """A plain decimal; raises the "not numeric" refusal for exponents and long tails."""
        value = self.raw(name)
        if not value:
            return None
        if not re.fullmatch(rf"-?\d{{1,12}}(\.\d{{1,{decimals}}})?", value, re.ASCII):
            raise refusals.not_numeric(name, value)
        return Decimal(value)

    def date(self, name: str, default: date) -> date:
        """A date in CCYY-MM-DD."""
        value = self.raw(name)
        if not value:
            return default
        try:
            if not _DATE.fullmatch(value):
                raise ValueError
            return date.fromisoformat(value)
        except ValueError:
            raise refusals.invalid_date(name, value) from None

    def child(self, name: str) -> "Fields":
        """The fields of a child element; of an empty one when it is absent."""
        found = self._element.find(name) if self._element is not None else None
        return Fields(found, self._settings)

    def children(self, name: str) -> list["Fields"]:
        """The fields of every child of that name, in document order."""
        if self._element is None:
            return []
        return [Fields(found, self._settings) for found in self._element.findall(name)]

    def ordered(self) -> list[tuple[str, "Fields"]]:
        """Every child with its name, in document order."""
        if self._element is None:
            return []
        return [(found.tag, Fields(found, self._settings)) for found in self._element]
