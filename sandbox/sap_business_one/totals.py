"""What a document comes to: discount, freight, tax and rounding, in both currencies.

The tax of a line is what was sent with it (`TaxTotal`, in a foreign currency `NetTaxAmountFC`),
unless the site recomputes; else the code's rate on the line after the document's discount.
"""

from decimal import Decimal

from sandbox.sap_business_one.books import ZERO
from sandbox.sap_business_one.entity_types import Row
from sandbox.sap_business_one.lines import tax_rate
from sandbox.sap_business_one.papers import PAPER_BY_NUMBER, Desk
from sandbox.sap_business_one.refusals import at, no_match, rejected


def expense_of(desk: Desk, index: int, given: Row) -> Row:
    """A freight line; `_total` and `_tax` are in the document's currency."""
    base = _base_expense(desk, given)
    given = {**_copied(base), **given}
    kind = desk.books.lists["AdditionalExpenses"].get(given.get("ExpenseCode"))
    if kind is None:
        raise no_match()
    expense = dict(given)
    if desk.foreign and given.get("LineTotalFC") is not None:
        expense["_total"] = desk.to_unit(given["LineTotalFC"])
    else:
        expense["_total"] = desk.own(given.get("LineTotal") or ZERO)
    place = at(desk.paper.line_table[:-1] + "3", "TaxCode", index)
    expense["_tax_rate"] = tax_rate(desk, expense, place)
    sent = _sent(desk, given, "TaxSum", "TaxSumFC")
    expense["_tax"] = (
        sent if sent is not None else desk.to_unit(expense["_total"] * expense["_tax_rate"] / 100)
    )
    expense["_tax_sent"] = sent is not None
    expense["_account"] = kind["RevenuesAccount"]
    expense["_given"] = dict(given)
    expense |= {"LineNum": index, "Status": "bost_Open", "TaxPercent": expense["_tax_rate"]}
    expense["DistributionMethod"] = given.get("DistributionMethod") or "aedm_None"
    return expense | _both(desk, expense, "LineTotal", "LineTotalFC", "TaxSum", "TaxSumFC")


def _base_expense(desk: Desk, given: Row) -> Row | None:
    """The freight copied from; freight of a base is not copied unless it is named."""
    paper = PAPER_BY_NUMBER.get(given.get("BaseDocType") or 0)
    if paper is None:
        return None
    document = desk.books.document((paper.set_name, given.get("BaseDocEntry") or 0))
    if document is None:
        raise no_match()
    number = given.get("BaseDocLine") or 0
    listed = {one["LineNum"]: one for one in document["DocumentAdditionalExpenses"]}
    if number not in listed:
        raise no_match()
    return listed[number]


def _copied(base: Row | None) -> Row:
    names = ("ExpenseCode", "LineTotal", "LineTotalFC", "TaxCode", "VatGroup")
    taxes = ("TaxSum", "TaxSumFC") if base and base["_tax_sent"] else ()
    return {name: base.get(name) for name in (*names, *taxes)} if base else {}


def add_up(desk: Desk, header: Row, lines: list[Row], expenses: list[Row]) -> Row:
    """The document's totals; fills in the tax of its lines."""
    net = sum((line["_total"] for line in lines), ZERO)
    discount, percent = _discount(desk, header, net)
    for line in lines:
        _tax(desk, line, net, discount)
    tax = sum((one["_tax"] for one in [*lines, *expenses]), ZERO)
    freight = sum((one["_total"] for one in expenses), ZERO)
    rounding = _rounding(desk, header)
    total = net - discount + freight + tax + rounding
    if total < 0:
        raise rejected("Document total value must be zero or greater than zero")
    totals: Row = {
        "_total": total,
        "_tax": tax,
        "DiscountPercent": percent,
        "TotalDiscount": desk.local(discount),
        "VatSum": sum((desk.local(one["_tax"]) for one in [*lines, *expenses]), ZERO),
        "RoundingDiffAmount": desk.local(rounding),
        "Rounding": "tYES" if rounding else "tNO",
        "DocumentLines": lines,
        "DocumentAdditionalExpenses": expenses,
    }
    parts = [desk.local(one["_total"]) for one in [*lines, *expenses]]
    totals["DocTotal"] = (
        sum(parts, ZERO) - totals["TotalDiscount"] + totals["VatSum"] + totals["RoundingDiffAmount"]
    )
    return totals | _in_foreign(desk, total, tax, discount, rounding)


def _discount(desk: Desk, header: Row, net: Decimal) -> tuple[Decimal, Decimal]:
    sent = _sent(desk, header, "TotalDiscount", "TotalDiscountFC")
    if sent is not None:
        return sent, (sent * 100 / net).quantize(Decimal("0.000001")) if net else ZERO
    percent = header.get("DiscountPercent") or ZERO
    if percent >= 100:
        raise rejected("10001058 - Enter a discount percentage of less than 100")
    return desk.to_unit(net * percent / 100), percent


def _tax(desk: Desk, line: Row, net: Decimal, discount: Decimal) -> None:
    given = line["_given"]
    sent = _sent(desk, given, "TaxTotal", "NetTaxAmountFC")
    if sent is None:
        sent = _sent(desk, given, "NetTaxAmount", "NetTaxAmountFC")
    if desk.books.settings.line_tax == "recomputed":
        sent = None
    copied = line.pop("_copied_tax", None)
    sent = copied if sent is None else sent
    if sent is not None:
        line["_tax"] = sent
    else:
        share = line["_total"] - (discount * line["_total"] / net if net else ZERO)
        line["_tax"] = desk.to_unit(share * line["_tax_rate"] / 100)
    if line["_tax"] < 0 <= line["_total"]:
        raise rejected(f"Tax amount cannot be negative  {at(desk.paper.line_table, 'VatSum')}")
    line["_tax_sent"] = sent is not None
    line["TaxPercentagePerRow"] = line["_tax_rate"]
    line |= _both(desk, line, "LineTotal", "RowTotalFC", "TaxTotal", "NetTaxAmountFC")
    line["NetTaxAmount"] = line["TaxTotal"]
    line["GrossTotal"] = line["LineTotal"] + line["TaxTotal"]
    line["GrossTotalFC"] = line["RowTotalFC"] + line["NetTaxAmountFC"]
    line["GrossPrice"] = ((line["_total"] + line["_tax"]) / line["Quantity"]).quantize(
        Decimal("0.000001")
    )
    line["PriceAfterVAT"] = line["GrossPrice"]


def _rounding(desk: Desk, header: Row) -> Decimal:
    if header.get("Rounding") != "tYES":
        return ZERO
    return _sent(desk, header, "RoundingDiffAmount", "RoundingDiffAmountFC") or ZERO


def _sent(desk: Desk, given: Row, local: str, foreign: str) -> Decimal | None:
    """An amount that was sent, in the document's currency, from whichever property has it."""
    if desk.foreign and given.get(foreign) is not None:
        return desk.to_unit(given[foreign])
    return None if given.get(local) is None else desk.own(given[local])


def _both(desk: Desk, one: Row, net: str, net_fc: str, tax: str, tax_fc: str) -> Row:
    return {
        net: desk.local(one["_total"]),
        net_fc: one["_total"] if desk.foreign else ZERO,
        tax: desk.local(one["_tax"]),
        tax_fc: one["_tax"] if desk.foreign else ZERO,
    }


def _in_foreign(
    desk: Desk, total: Decimal, tax: Decimal, discount: Decimal, rounding: Decimal
) -> Row:
    amounts = {
        "DocTotalFc": total,
        "VatSumFc": tax,
        "TotalDiscountFC": discount,
        "RoundingDiffAmountFC": rounding,
    }
    return amounts if desk.foreign else dict.fromkeys(amounts, ZERO)
