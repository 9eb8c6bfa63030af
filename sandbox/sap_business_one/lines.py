"""Document lines: what they sell, what they are copied from, and what they come to."""

from decimal import Decimal
from typing import Any

from sandbox.sap_business_one.books import ZERO, rounded
from sandbox.sap_business_one.entity_types import Row
from sandbox.sap_business_one.papers import PAPER_BY_NUMBER, Desk
from sandbox.sap_business_one.refusals import at, base_closed, invalid, no_match, rejected

_PRICE_UNIT = Decimal("0.000001")
_COPIED = (
    "ItemCode", "ItemDescription", "AccountCode", "UnitPrice", "DiscountPercent", "TaxCode",
    "VatGroup", "WarehouseCode", "MeasureUnit", "FreeText", "ProjectCode",
)  # fmt: skip
_PRICING = ("UnitPrice", "Price", "DiscountPercent", "LineTotal", "RowTotalFC")
_NOT_COMPUTED = ("PriceAfterVAT", "GrossPrice", "GrossTotal", "GrossTotalFC")
_CREDIT = "CreditNotes"


def resolve(desk: Desk, index: int, given: Row) -> Row:
    """A line with everything but its tax; `_total` is in the document's currency."""
    for name in _NOT_COMPUTED:
        if given.get(name) is not None:
            raise rejected(f"This stand-in computes nothing from {name}")
    base = _base(desk, index, given)
    said = _copied(base) | given if base else dict(given)
    write = _service_line if desk.service else _item_line
    line = write(desk, index, said, base)
    _price(desk, index, line, given, base)
    _tax_code(desk, index, line)
    line["_given"] = said
    line["_base_source"] = base["_source"] if base else None
    line["LineNum"] = index
    line["VisualOrder"] = index
    line["Currency"] = desk.currency
    line["Rate"] = desk.rate if desk.foreign else ZERO
    line["LineStatus"] = "bost_Open"
    line["RemainingOpenQuantity"] = line["Quantity"]
    return line


def _base(desk: Desk, index: int, given: Row) -> Row | None:
    """The line copied from, as it is now; raises when nothing of it is left."""
    number = given.get("BaseType")
    if number in (None, -1):
        return None
    if number not in desk.paper.bases:
        raise rejected(f"Base type {number} is not valid  {_at(desk, 'BaseType', index)}")
    paper = PAPER_BY_NUMBER[number]
    source = (paper.set_name, given.get("BaseEntry") or 0)
    document = desk.books.document(source)
    if document is None:
        raise no_match()
    if document["CardCode"] != desk.partner["CardCode"]:
        raise rejected("Base document card and target document card do not match.")
    lines = {line["LineNum"]: line for line in document["DocumentLines"]}
    line = lines.get(given.get("BaseLine"))
    if line is None:
        raise no_match()
    lenient = desk.books.settings.credit_of_paid_invoices == "allow" and number == 13
    is_open = document["DocumentStatus"] == "bost_Open" or lenient
    if document["CancelStatus"] != "csNo" or not is_open or line["RemainingOpenQuantity"] <= 0:
        raise base_closed(desk.paper.line_table, index)
    return {**line, "_source": source}


def _copied(base: Row) -> Row:
    user = {name: value for name, value in base.items() if name.startswith("U_")}
    kept = {name: base[name] for name in _COPIED if base.get(name) is not None}
    return {**user, **kept, "Quantity": base["RemainingOpenQuantity"]}


def _service_line(desk: Desk, index: int, said: Row, _: Row | None) -> Row:
    account = said.get("AccountCode")
    if not account:
        raise invalid(f"G/L account is missing  {_at(desk, 'AcctCode', index)}")
    check_account(desk, account)
    return {**said, "Quantity": Decimal(1), "_account": account}


def _item_line(desk: Desk, index: int, said: Row, base: Row | None) -> Row:
    code = said.get("ItemCode")
    if not code:
        raise invalid(f"Item number is missing; specify an item number  {_at(desk, '', index)}")
    item = desk.books.items.get(code)
    if item is None:
        raise no_match()
    if item["Frozen"] == "tYES" or item["Valid"] == "tNO" or item["SalesItem"] == "tNO":
        place = _at(desk, "ItemCode", index)
        raise invalid(f"10001069 - Item is inactive  {place} , '{code}'")
    quantity = said.get("Quantity")
    quantity = Decimal(1) if quantity is None else quantity
    if quantity <= 0:
        raise invalid(f"Quantity must be greater than zero  {_at(desk, 'Quantity', index)}")
    if base and quantity > base["RemainingOpenQuantity"]:
        text = "Quantity exceeds the open quantity of the base document"
        raise rejected(f"{text}  {_at(desk, 'Quantity', index)}")
    default = item.get("DefaultWarehouse") or desk.books.settings.default_warehouse
    warehouse = said.get("WarehouseCode") or default
    if warehouse not in desk.books.lists["Warehouses"]:
        raise no_match()
    account = said.get("AccountCode") or item["IncomeAccount"]
    check_account(desk, account)
    return {
        **said,
        "ItemDescription": said.get("ItemDescription") or item["ItemName"],
        "Quantity": quantity,
        "InventoryQuantity": quantity,
        "WarehouseCode": warehouse,
        "AccountCode": account,
        "TreeType": item["TreeType"],
        "WithoutInventoryMovement": said.get("WithoutInventoryMovement") or "tNO",
        "_account": account,
        "_stocked": item["InventoryItem"] == "tYES",
    }


def check_account(desk: Desk, code: str) -> None:
    """Raises unless the account exists and can be posted to."""
    row = desk.books.lists["ChartOfAccounts"].get(code)
    if row is None:
        raise no_match()
    if row["FrozenFor"] == "tYES" or row["ActiveAccount"] == "tNO":
        raise rejected(f"G/L account '{code}' is inactive")


def _price(desk: Desk, index: int, line: Row, given: Row, base: Row | None) -> None:
    quantity = line["Quantity"]
    discount = line.get("DiscountPercent") or ZERO
    fixed = _fixed_total(desk, given)
    if fixed is None and base and not any(given.get(name) is not None for name in _PRICING):
        fixed = desk.to_unit(base["_total"] * quantity / base["Quantity"])
        line["_copied_tax"] = _share_of_tax(desk, base, quantity)
    if fixed is not None:
        line["_total"] = fixed
        line["Price"] = rounded(fixed / quantity, _PRICE_UNIT)
        keep = 1 - discount / 100
        unit = line.get("UnitPrice")
        if unit is None or given.get("UnitPrice") is None:
            unit = rounded(line["Price"] / keep, _PRICE_UNIT) if keep else ZERO
        line["UnitPrice"] = unit
    else:
        unit = _unit_price(desk, line)
        line["UnitPrice"] = unit
        line["Price"] = rounded(unit * (1 - discount / 100), _PRICE_UNIT)
        line["_total"] = desk.to_unit(line["Price"] * quantity)
    line["DiscountPercent"] = discount
    if line["_total"] < 0 and line["Quantity"] > 0 and line.get("_stocked"):
        raise invalid(f"Price must be zero or more  {_at(desk, 'Price', index)}")


def _fixed_total(desk: Desk, given: Row) -> Decimal | None:
    if desk.foreign and given.get("RowTotalFC") is not None:
        return desk.to_unit(given["RowTotalFC"])
    if given.get("LineTotal") is not None:
        return desk.own(given["LineTotal"])
    return None


def _share_of_tax(desk: Desk, base: Row, quantity: Decimal) -> Decimal | None:
    """What was sent as the base line's tax follows its quantity."""
    if not base["_tax_sent"]:
        return None
    return desk.to_unit(base["_tax"] * quantity / base["Quantity"])


def _unit_price(desk: Desk, line: Row) -> Decimal:
    for name in ("UnitPrice", "Price"):
        if line.get(name) is not None:
            return line[name]
    item = desk.books.items.get(line.get("ItemCode") or "")
    prices = item["ItemPrices"] if item else []
    number = desk.partner.get("PriceListNum") or 1
    found = (p["Price"] for p in prices if p["PriceList"] == number)
    return next(found, ZERO)


def _tax_code(desk: Desk, index: int, line: Row) -> None:
    line["_tax_rate"] = tax_rate(desk, line, _at(desk, "TaxCode", index))


def tax_rate(desk: Desk, line: dict[str, Any], place: str) -> Decimal:
    """Settles the tax code of a line or of freight and returns its percentage."""
    settings = desk.books.settings
    field = settings.tax_field
    other = "VatGroup" if field == "TaxCode" else "TaxCode"
    if line.get(other) is not None:
        if settings.wrong_tax_field == "refuse":
            wrong = "Specify valid tax code" if field == "TaxCode" else "Invalid VAT Group"
            raise invalid(f"{wrong}  {place}")
        line[other] = None
    exempt = desk.partner.get("VatLiable") == "vExempted"
    code = line.get(field) or ("EX" if exempt else settings.default_tax_code)
    row = desk.books.lists["SalesTaxCodes"].get(code)
    if row is None or row["Inactive"] == "tYES":
        wrong = "Specify valid tax code" if field == "TaxCode" else "Invalid VAT Group"
        raise invalid(f"{wrong}  {place} , '{code}'")
    line[field] = code
    return row["Rate"]


def _at(desk: Desk, column: str, index: int) -> str:
    return at(desk.paper.line_table, column or "ItemCode", index)
