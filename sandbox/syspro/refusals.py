"""What SYSPRO says no with: a field, a number and a sentence, as one child of the failing item.

100000, 100028, 100030 and 240004 are SYSPRO's own numbers. The others are chosen for this stand-in:
no source shows them, so nothing should be built on them.
"""

from dataclasses import dataclass


@dataclass
class Refused(Exception):
    """One item of a document is refused because of one field."""

    field: str
    value: str
    number: int
    text: str


class BrokenDocument(Exception):
    """The whole call is refused with a plain text, before any item is looked at."""


def invalid_date(field: str, value: str) -> Refused:
    """SYSPRO takes CCYY-MM-DD only."""
    return Refused(field, value, 100028, f"Date '{value}' is invalid. Format must be CCYY-MM-DD")


def mandatory(field: str) -> Refused:
    """A mandatory element is absent or empty."""
    return Refused(field, "", 100030, f"{field} is a mandatory element and may not be empty")


def not_numeric(field: str, value: str) -> Refused:
    """Anything but plain digits with the allowed decimals, such as a float's long tail."""
    return Refused(field, value, 100027, f"{field} '{value}' is not numeric")


def invalid(field: str, value: str, allowed: str) -> Refused:
    """A coded element outside its list."""
    return Refused(field, value, 100029, f"{field} '{value}' is invalid. Must be {allowed}")


def too_long(field: str, value: str, width: int) -> Refused:
    """Said only where the site refuses what it would otherwise cut."""
    return Refused(field, value, 100031, f"{field} '{value}' is longer than {width} characters")


def not_on_file(field: str, value: str, what: str) -> Refused:
    """A code that must exist does not."""
    return Refused(field, value, 100032, f"{what} '{value}' not found")


def stock_code_not_found(field: str, value: str) -> Refused:
    """SYSPRO's own wording and number."""
    return Refused(field, value, 240004, f"Stock code '{value}' not found")


def already_exists(field: str, value: str, what: str) -> Refused:
    """A key that is taken."""
    return Refused(field, value, 100033, f"{what} '{value}' already exists")


def on_hold(field: str, value: str) -> Refused:
    """The business block on a customer."""
    return Refused(field, value, 100034, f"Customer '{value}' is on hold")


def period_closed(field: str, value: str, module: str) -> Refused:
    """The month that the document asks for takes no more postings."""
    return Refused(field, value, 100035, f"{module} posting period '{value}' is closed")


def not_allowed(field: str, value: str, why: str) -> Refused:
    """A rule between fields is broken."""
    return Refused(field, value, 100036, why)


def warning(field: str, value: str, why: str) -> Refused:
    """A warning, which IgnoreWarnings=N turns into a refusal."""
    return Refused(field, value, 100037, f"Warning: {why}")
