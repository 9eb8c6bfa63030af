"""SYSPRO's repertoire: Windows-1252, fixed widths, plain decimals."""

import unicodedata
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from connectors.errors import Unavailable
from connectors.exact_json import is_sane

_ENCODING = "cp1252"
# Letters that Unicode does not take apart.
_PLAIN = str.maketrans("łŁđĐħĦıŋŧŦĸəƏ", "lLdDhHintTkeE")


def fitted(text: str, width: int = 0) -> str:
    """Return what SYSPRO can keep of a text: transliterated, one line, then cut to the width."""
    kept = "".join(_kept(character) for character in " ".join(text.split()))
    return kept[:width].rstrip() if width else kept


def fits(text: str, width: int = 0) -> bool:
    """Tell whether SYSPRO keeps the text as it is."""
    return fitted(text, width) == text


def _kept(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co"):
        return ""
    if _encodable(character):
        return character
    decomposed = unicodedata.normalize("NFKD", character.translate(_PLAIN))
    letters = [c for c in decomposed if not unicodedata.combining(c)]
    if not letters:
        return ""
    return "".join(c if _encodable(c) else "?" for c in letters)


def _encodable(character: str) -> bool:
    try:
        character.encode(_ENCODING)
    except UnicodeEncodeError:
        return False
    return True


def decimal_text(value: Decimal, places: int = 2) -> str:
    """Write a number with fixed decimals; long tails are refused as not numeric."""
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"


def date_text(on: date) -> str:
    """Write a date as CCYY-MM-DD, the only form that SYSPRO takes."""
    return on.isoformat()


def decimal_of(text: str) -> Decimal:
    """Read a number out of a padded cell; empty is zero.

    Raises:
        Unavailable: the cell holds no number, or one that no ledger has.
    """
    try:
        number = Decimal(text.strip() or "0")
    except InvalidOperation:
        number = None
    if number is None or not is_sane(number):
        raise Unavailable("SYSPRO gave an unexpected answer (no number where one belongs).")
    return number
