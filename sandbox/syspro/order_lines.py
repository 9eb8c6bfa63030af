"""The lines of an imported sales order: what is checked, and how stock is allocated."""

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from sandbox.syspro import company, refusals
from sandbox.syspro.arstin import check_code
from sandbox.syspro.books import CENT, Books
from sandbox.syspro.document import Fields
from sandbox.syspro.records import ZERO, OrderLine, StockLevel

FREIGHT_CLASS = "FREIGHT"
LINE_KINDS = {"StockLine": "1", "FreightLine": "4", "MiscChargeLine": "5", "CommentLine": "6"}


@dataclass(frozen=True, kw_only=True)
class LineRules:
    """What the parameters and the header say about every line."""

    sales_order: str
    warehouse: str
    allocation: str
    allow_zero_price: bool


def read_line(books: Books, rules: LineRules, kind: str, fields: Fields, number: int) -> OrderLine:
    """One checked line; for stock, the allocation is made at once."""
    if kind == "StockLine":
        return _stock_line(books, rules, fields, number)
    if kind == "CommentLine":
        return OrderLine(
            sales_order=rules.sales_order,
            line=number,
            line_type="6",
            comment=fields.text("Comment", width=100),
        )
    freight = kind == "FreightLine"
    name = "Freight" if freight else "MiscCharge"
    charge = fields.number(f"{name}Value")
    if charge is None:
        raise refusals.mandatory(f"{name}Value")
    product_class = FREIGHT_CLASS if freight else fields.required("MiscProductClass", width=20)
    check_code("MiscProductClass", product_class, books.product_classes, "Product class")
    return OrderLine(
        sales_order=rules.sales_order,
        line=number,
        line_type=LINE_KINDS[kind],
        description=fields.text("MiscDescription", width=50),
        product_class=product_class,
        tax_code=_tax_code(fields, "FreightTaxCode" if freight else "MiscTaxCode", "E"),
        charge=charge,
        charge_cost=fields.number(f"{name}Cost") or ZERO,
    )


def _stock_line(books: Books, rules: LineRules, fields: Fields, number: int) -> OrderLine:
    code = fields.required("StockCode", width=30)
    item = books.items.get(code)
    if item is None:
        raise refusals.stock_code_not_found("StockCode", code)
    warehouse = fields.text("Warehouse", width=10, default=rules.warehouse)
    level = books.levels.get((code, warehouse))
    if level is None:
        raise refusals.not_on_file("Warehouse", warehouse, "Warehouse")
    quantity = fields.number("OrderQty", decimals=6)
    if quantity is None:
        raise refusals.mandatory("OrderQty")
    if quantity <= 0:
        why = "Order quantity must be above zero"
        raise refusals.not_allowed("OrderQty", str(quantity), why)
    product_class = fields.text("ProductClass", width=20, default=item.product_class)
    check_code("ProductClass", product_class, books.product_classes, "Product class")
    shipping = _allocated(level, quantity, rules.allocation)
    books.levels[(code, warehouse)] = replace(
        level,
        allocated=level.allocated + shipping,
        back_ordered=level.back_ordered + quantity - shipping,
    )
    return OrderLine(
        sales_order=rules.sales_order,
        line=number,
        line_type="1",
        stock_code=code,
        description=item.description,
        warehouse=warehouse,
        ordered=quantity,
        shipping=shipping,
        back_ordered=quantity - shipping,
        price=_price(fields, item.price, rules),
        uom=fields.text("OrderUom", width=10, default="EA"),
        product_class=product_class,
        tax_code=_tax_code(fields, "StockTaxCode", item.tax_code),
    )


def _price(fields: Fields, listed: Decimal, rules: LineRules) -> Decimal:
    price = fields.number("Price", decimals=5)
    price = listed if price is None else price
    if not price and not rules.allow_zero_price:
        raise refusals.not_allowed("Price", str(price), "Price may not be zero")
    if price < 0:
        raise refusals.not_allowed("Price", str(price), "Price may not be negative")
    for step in (1, 2, 3):
        percent = fields.number(f"LineDiscPercent{step}") or ZERO
        price = price * (100 - percent) / 100
    return price


def _tax_code(fields: Fields, name: str, default: str) -> str:
    code = fields.text(name, width=3, default=default)
    if code not in company.TAX_CODES:
        raise refusals.not_on_file(name, code, "Tax code")
    return code


def _allocated(level: StockLevel, quantity: Decimal, action: str) -> Decimal:
    """How much ships: F all or nothing, A what there is, B nothing."""
    available = max(level.available, ZERO)
    if action == "B":
        return ZERO
    if action == "A":
        return min(quantity, available)
    return quantity if quantity <= available else ZERO


def release(books: Books, line: OrderLine) -> None:
    """Gives back what a cancelled line had allocated."""
    if line.line_type != "1" or line.invoiced:
        return
    key = (line.stock_code, line.warehouse)
    level = books.levels[key]
    books.levels[key] = replace(
        level,
        allocated=level.allocated - line.shipping,
        back_ordered=level.back_ordered - line.back_ordered,
    )


def net_value(line: OrderLine) -> Decimal:
    """What the line invoices, before tax."""
    if line.line_type == "1":
        return (line.shipping * line.price).quantize(CENT, rounding=ROUND_HALF_UP)
    return line.charge


def tax_value(line: OrderLine, tax_status: str) -> Decimal:
    """The tax SYSPRO adds on top of it."""
    if tax_status == "E" or not line.tax_code:
        return ZERO
    rate = company.TAX_CODES[line.tax_code]
    return (net_value(line) * rate / 100).quantize(CENT, rounding=ROUND_HALF_UP)
