"""What the Service Layer says no with.

Statuses, codes and texts are those that public sources show, except where a comment says that the
wording or the number is chosen for this stand-in: nothing should be built on those.
"""

from dataclasses import dataclass


@dataclass
class Refused(Exception):
    """The request is refused, and nothing of it was applied."""

    status: int
    code: int
    text: str


def dead_session() -> Refused:
    """The only refusal that proves nothing but that the session is gone."""
    return Refused(401, 301, "Invalid session or session already timeout.")


def wrong_credentials(code: int) -> Refused:
    """-304 for the user or the password, -306 for the company; the text is the same."""
    return Refused(401, code, "Fail to NONE-SSO login from SLD.")


def login_failed() -> Refused:
    """Too many logins at once."""
    return Refused(500, 299, "SAML Login Failed")


def no_match(*, status: int = 400) -> Refused:
    """404 for a key in the address, 400 for a code inside a body."""
    return Refused(status, -2028, "No matching records found (ODBC -2028)")


def exists_already() -> Refused:
    """A primary or unique key is taken."""
    text = "This entry already exists in the following tables (ODBC -2035)"
    return Refused(400, -2035, text)


def modified_meanwhile() -> Refused:
    """The ETag is stale."""
    text = (
        "Another user or another operation modified data; to continue, open the window again"
        " (ODBC -2039)"
    )
    return Refused(412, -2039, text)


def invalid_property(name: str, entity: str) -> Refused:
    """A property that the company does not have, such as a user field nobody created."""
    return Refused(400, -1000, f"Property '{name}' of '{entity}' is invalid")


def invalid_value(name: str, entity: str, value: object) -> Refused:
    """Number and wording are chosen here."""
    return Refused(400, -1000, f"Invalid value '{value}' for property '{name}' of '{entity}'")


def too_long(name: str, entity: str) -> Refused:
    """The number is chosen here."""
    return Refused(400, -1004, f"Value too long in property '{name}' of '{entity}'")


def bad_query(text: str) -> Refused:
    """The number is chosen here."""
    return Refused(400, 200, f"Query string error: {text}")


def not_navigable(name: str) -> Refused:
    """Somebody expands an inline collection."""
    return Refused(400, 201, f"Cannot expand invalid navigation property '{name}'")


def unknown_path(what: str) -> Refused:
    """Number and wording are chosen here."""
    return Refused(404, -1, f"Unrecognized resource path: {what}")


def not_allowed_here(what: str) -> Refused:
    """Number and wording are chosen here."""
    return Refused(405, -1, f"The method is not supported for {what}")


def rejected(text: str) -> Refused:
    """The generic rejection by a business object."""
    return Refused(400, -5002, text)


def invalid(text: str) -> Refused:
    """A validation of the object's fields."""
    return Refused(400, -10, text)


def at(table: str, column: str, line: int | None = None) -> str:
    """How messages name a place: `[INV1.TaxCode][line: 1]`."""
    place = f"[{table}.{column}]"
    return place if line is None else f"{place}[line: {line + 1}]"


def base_closed(table: str, line: int) -> Refused:
    """The base document, or what is left of its line, is used up."""
    text = "One of the base documents has already been closed"
    return rejected(f"{text}  {at(table, 'BaseEntry', line)}")


def period_locked(table: str) -> Refused:
    """The posting period is closed."""
    text = "Posting period locked; specify an alternative date"
    return invalid(f"{text}  {at(table, 'DocDate')}")


def rate_missing(table: str, currency: str) -> Refused:
    """No exchange rate for the day; the number is not attested for the Service Layer."""
    return Refused(400, -4006, f"Update the exchange rate  {at(table, 'DocRate')} , '{currency}'")
