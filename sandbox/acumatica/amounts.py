"""The arithmetic of documents: lines, taxes and totals, rounded as the instance rounds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import uuid4

from sandbox.acumatica import company
from sandbox.acumatica.records import CENT, ZERO
from sandbox.acumatica.refusals import unknown_value


@dataclass(frozen=True, kw_only=True)
class Priced:
    """A line's amounts."""

    unit_price: Decimal
    extended: Decimal
    discount: Decimal
    percent: Decimal

    @property
    def amount(self) -> Decimal:
        """Extended price less discount."""
        return self.extended - self.discount


def cents(value: Decimal) -> Decimal:
    """A value to the cent, halves away from zero."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def price_line(
    quantity: Decimal,
    *,
    price: Decimal,
    decimals: int,
    discount: Decimal | None = None,
    percent: Decimal | None = None,
) -> Priced:
    """Prices a line: the unit price is rounded first, then its product with the quantity."""
    unit = price.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    extended = cents(quantity * unit)
    if discount is None:
        rate = percent or ZERO
        return Priced(
            unit_price=unit,
            extended=extended,
            discount=cents(extended * rate / 100),
            percent=rate,
        )
    taken = cents(discount)
    rate = (taken * 100 / extended).quantize(Decimal("0.000001")) if extended else ZERO
    return Priced(unit_price=unit, extended=extended, discount=taken, percent=rate)


def tax_rows(
    zone_code: str, sent: Sequence[dict[str, Any]] | None, *, taxable: Decimal, given: bool
) -> list[dict[str, Any]]:
    """The taxes of a document.

    With `given` (IsTaxValid) an external zone takes them as sent; another only if they are among
    its own. Else the instance computes them. Raises Invalid for a tax that does not exist.
    """
    zone = company.TAX_ZONES.get(zone_code)
    rows = list(sent or [])
    for number, row in enumerate(rows):
        code = str(row.get("TaxID") or "").strip().upper()
        if code not in company.TAXES:
            raise unknown_value("Tax ID", row.get("TaxID") or "", "TaxDetails", number, "TaxID")
        row["TaxID"] = code
    mine = set(zone.taxes) if zone else set[str]()
    accepted = zone is not None and (zone.external or {row["TaxID"] for row in rows} <= mine)
    if given and accepted:
        return [_given(row, taxable, zone_code) for row in rows]
    return [_computed(code, taxable, zone_code) for code in sorted(mine)]


def total_of(rows: Sequence[dict[str, Any]], name: str) -> Decimal:
    """The sum of one amount over rows."""
    return sum((row.get(name) or ZERO for row in rows), ZERO)


def _given(row: dict[str, Any], taxable: Decimal, zone: str) -> dict[str, Any]:
    base = row.get("TaxableAmount")
    return {
        **row,
        "id": row.get("id") or str(uuid4()),
        "TaxableAmount": taxable if base is None else cents(base),
        "TaxAmount": cents(row.get("TaxAmount") or ZERO),
        "TaxRate": row.get("TaxRate") or company.TAXES[row["TaxID"]],
        "CustomerTaxZone": zone,
    }


def _computed(code: str, taxable: Decimal, zone: str) -> dict[str, Any]:
    rate = company.TAXES[code]
    return {
        "id": str(uuid4()),
        "TaxID": code,
        "TaxableAmount": taxable,
        "TaxAmount": cents(taxable * rate / 100),
        "TaxRate": rate,
        "CustomerTaxZone": zone,
    }
