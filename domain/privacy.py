"""Which words of an order or a customer tell who somebody is, and how to do without them. Pure."""

import html
import re
import unicodedata
from collections.abc import Iterable

from domain.customer import Customer
from domain.order import Address, Order

BLANK = "***"
_SHORTEST_WORD = 2
# An ERP cuts what is too long for its field; from this length on the beginning counts as the whole.
_SHORTEST_PART = 10
# Letters that Unicode does not take apart.
_PLAIN = str.maketrans("łŁđĐħĦıŋŧŦĸəƏøØ", "lLdDhHintTkeEoO")
# Bounded, so that a long text without blanks is not read over and over.
_EMAIL = re.compile(r"[^\s'\"<>,;:()=]{1,64}@[^\s'\"<>,;:()=]{1,250}[^\s'\"<>,;:()=.!?]")


def personal_words(person: Order | Customer) -> frozenset[str]:
    """Return the texts that name a person or where they live, as the store has them."""
    if isinstance(person, Order):
        addresses = (person.billing, *person.shipping)
        own: tuple[str, ...] = ()
    else:
        addresses = (person.billing, person.shipping)
        own = (person.email, person.name, person.contact, person.phone)
        if person.own is not None:
            own += (person.own.first_name, person.own.last_name, person.own.company)
    texts = {text.strip() for address in addresses for text in _texts(address)}
    return frozenset(text for text in {*texts, *own} if len(text) >= _SHORTEST_WORD)


def blanked(text: str, words: Iterable[str] = ()) -> str:
    """Return a text of somebody else's without e-mail addresses and without these words.

    An outside system may quote what it refuses, cut to its field, without accents, in other
    capitals, with `?` for what it cannot write, or escaped as XML.
    """
    text = _EMAIL.sub(BLANK, html.unescape(text) if "&" in text else text)
    for word in sorted(words, key=len, reverse=True):
        text = _without(text, word)
    return text


def without_person(order: Order) -> Order:
    """Return what the ledger may still need of an order whose buyer was erased.

    Refunds, amendments and cancellations are worked out from amounts, lines and charges alone.
    """
    return order.model_copy(
        update={
            "customer_id": "",
            "billing": _place(order.billing),
            "shipping": tuple(_place(address) for address in order.shipping),
            "refunds": tuple(refund.model_copy(update={"reason": ""}) for refund in order.refunds),
        }
    )


def _texts(address: Address) -> tuple[str, ...]:
    return (
        address.first_name,
        address.last_name,
        f"{address.first_name} {address.last_name}".strip(),
        address.company,
        address.street_1,
        address.street_2,
        address.city,
        address.postcode,
        address.phone,
        address.email,
    )


def _place(address: Address) -> Address:
    """Keep what tells no person: which address of the order, and its country."""
    return Address(id=address.id, country=address.country, country_code=address.country_code)


def _without(text: str, word: str) -> str:
    """Blank every occurrence of a word, or of its beginning where it was cut."""
    plain, wanted = _folded(text), _folded(" ".join(word.split()))
    needed = min(len(wanted), _SHORTEST_PART)
    kept: list[str] = []
    at = copied = 0
    while at <= len(plain) - needed:
        length = _common(plain, at, wanted)
        if length >= needed and _stands_alone(plain, at, at + length):
            kept += (text[copied:at], BLANK)
            at = copied = at + length
        else:
            at += 1
    return "".join((*kept, text[copied:]))


def _common(plain: str, start: int, wanted: str) -> int:
    """Count the characters from `start` on that agree with the beginning of the word."""
    length = exact = 0
    for expected, found in zip(wanted, plain[start : start + len(wanted)], strict=False):
        if found not in (expected, "?"):
            break
        length += 1
        exact += found == expected
    return length if 2 * exact >= length else 0


def _stands_alone(plain: str, start: int, end: int) -> bool:
    before, behind = plain[start - 1 : start], plain[end : end + 1]
    return not (before.isalnum() and plain[start].isalnum()) and not (
        behind.isalnum() and plain[end - 1].isalnum()
    )


def _folded(text: str) -> str:
    """Return the text without accents and capitals, character for character."""
    plain = text.translate(_PLAIN)
    return "".join(unicodedata.normalize("NFKD", char)[0].lower()[:1] or char for char in plain)
