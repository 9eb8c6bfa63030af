"""What the instance says no with: one error object, or the entity with errors beside its values."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Path = tuple[str | int, ...]


@dataclass
class HttpRefusal(Exception):
    """The request is answered with an HttpError."""

    status: int
    message: str = "An error has occurred."
    detail: str = ""
    kind: str = ""
    fields: dict[str, list[str]] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """The error object; a 500 shows its stack."""
        body: dict[str, Any] = {"message": self.message}
        if self.detail:
            body |= {"exceptionMessage": self.detail, "exceptionType": self.kind}
            if self.status == 500:
                body["stackTrace"] = "   at PX.Api.ContractBased.Soap.EntityService.Execute()"
        if self.fields:
            body["modelState"] = self.fields
        return body


@dataclass
class Invalid(Exception):
    """Business logic refuses values: 422 with the entity and the texts where they belong."""

    errors: Sequence[tuple[Path, str]]

    def __str__(self) -> str:
        return "; ".join(text for _, text in self.errors)


def invalid(text: str, *path: str | int) -> Invalid:
    """One value is refused; without a path the record as a whole is."""
    return Invalid([(path, text)])


def unknown_value(caption: str, value: object, *path: str | int) -> Invalid:
    """A selector holds a code that does not exist."""
    return invalid(f"{caption} '{value}' cannot be found in the system.", *path)


def internal(detail: str, kind: str = "PX.Data.PXException") -> HttpRefusal:
    """An exception nobody caught."""
    return HttpRefusal(500, detail=detail, kind=kind)


def malformed(fields: dict[str, list[str]]) -> HttpRefusal:
    """The body does not fit the contract."""
    return HttpRefusal(400, "The request is invalid.", fields=fields)


def unauthorised() -> HttpRefusal:
    """Nobody is signed in, or no longer."""
    return HttpRefusal(401, "You are not logged in.")


def no_rights(entity: str, form: str) -> HttpRefusal:
    """The user's role, or a feature that is off, hides the form behind the entity."""
    return HttpRefusal(403, f"You have insufficient rights to access the {entity} ({form}) form.")


def precondition(text: str) -> HttpRefusal:
    """If-Match or If-None-Match does not hold."""
    return HttpRefusal(412, text)


def cannot_optimize(entity: str, name: str) -> HttpRefusal:
    """A list asks for what only a single record can show."""
    return internal(
        f"Optimization cannot be performed. The following fields cause the error: {entity}.{name}",
        "PX.Api.ContractBased.CannotOptimizeException",
    )


def login_limit(user: str) -> HttpRefusal:
    """Every licence seat is taken."""
    return internal(
        f"API Login Limit: the number of concurrent API logins of the licence is exceeded for "
        f"{user}. (CheckApiUsersLimits)",
        "PX.Data.PXException",
    )
