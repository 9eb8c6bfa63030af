"""Our keys in Acumatica's fields: what fits, what is found once, and whose it is. Pure."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar

from connectors.acumatica.references import Reference
from connectors.acumatica.settings import AcumaticaSettings
from connectors.acumatica.wire import Value, text
from connectors.errors import Conflict, Rejected, Unsupported
from domain.document import SalesDocument
from domain.money import Money

T = TypeVar("T")


def fitting(key: str, settings: AcumaticaSettings) -> None:
    """Refuse a key that Acumatica would cut, and so never find again.

    Raises:
        Rejected: it is too long, or holds more than letters, digits and signs of ASCII.
    """
    width = settings.profile.key_length
    if len(key) > width or not (key.isascii() and key.isprintable()) or key != key.strip():
        raise Rejected(
            f"{key} does not fit the {width} characters of Acumatica's external reference.",
            remedy="Give the connection a shorter key prefix, of plain letters and digits.",
        )


def asked_for(
    found: Sequence[T], value: str, read: Callable[[T], Value[str] | None]
) -> Sequence[T]:
    """Return the rows of a look-up once they are seen to be what was asked for.

    On some entities Acumatica drops a filter without a word; then a list proves neither that a
    document is there nor that it is not.

    Raises:
        Unsupported: there are others among them.
    """
    if any(not same_code(text(read(row)), value) for row in found):
        raise Unsupported(
            f"Acumatica answers the look-up of {value} with other records, so that nothing can be "
            "posted safely.",
            remedy="Use the Default endpoint or an extension of it, and report the ERP's build.",
        )
    return found


def sole(found: Sequence[T], key: str) -> T | None:
    """Return the one document under a key, or None.

    Raises:
        Conflict: there are several.
    """
    if len(found) > 1:
        raise Conflict(
            f"{len(found)} documents in Acumatica carry {key}; only one may.",
            remedy="Cancel or void the ones too many in Acumatica, then retry.",
        )
    return found[0] if found else None


def same_code(one: str, other: str) -> bool:
    """Compare codes as Acumatica does: padding and case do not count."""
    return one.strip().casefold() == other.strip().casefold()


def mine(document: SalesDocument, customer: str, reference: Reference) -> None:
    """Refuse another customer's document under our key.

    Raises:
        Conflict: it is somebody else's.
    """
    if not same_code(customer, document.customer):
        raise Conflict(
            f"{document.key} belongs to {reference} of customer {customer} in Acumatica, not of "
            f"{document.customer}."
        )


def money(amount: Decimal, currency: str) -> Money:
    """Return an amount as a record; it is never negative there.

    Raises:
        Rejected: the currency is none of ISO 4217's.
    """
    if len(currency) != 3 or not currency.isalpha():
        raise Rejected(f"Acumatica keeps the document in {currency}, which is no ISO currency.")
    return Money(amount=abs(amount), currency=currency)
