"""SORTIC: invoices sales orders: relieves the stock and posts the invoice line by line."""

from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP
from xml.etree.ElementTree import Element

from sandbox.syspro import refusals
from sandbox.syspro.arstin import next_invoice_number
from sandbox.syspro.books import CENT, Books
from sandbox.syspro.document import Fields
from sandbox.syspro.order_lines import net_value, tax_value
from sandbox.syspro.posting import Common, error_node, run_items
from sandbox.syspro.records import ZERO, Customer, JournalKey, OrderLine, SalesOrder, StockMove
from sandbox.syspro.sales import Line, Sale, post_sale
from sandbox.syspro.xml import Node, counter

ROOT = "postsalesorderinvoice"
_TO_INVOICE, _BACK_ORDER, _COMPLETE = "8", "2", "9"


def post(books: Books, parameters: Element | None, document: Element) -> list[Node]:
    """The children of `postsalesorderinvoice`."""
    common = Common.read(parameters, books)
    dated = common.fields.date("InvoiceDate", books.today)
    outcomes = run_items(
        books,
        Fields(document, books.settings).children("Item"),
        lambda item: _invoice(books, common, item, dated),
        all_or_none=common.all_or_none,
        validate_only=common.validate_only,
    )
    nodes: list[Node] = []
    for number, outcome in enumerate(outcomes, 1):
        inner = [error_node(outcome.refused)] if outcome.refused else outcome.answer
        nodes.append(("Item", [*inner, ("ItemNumber", f"{number:06d}")]))
    refused = sum(1 for outcome in outcomes if outcome.refused)
    status: list[Node] = [
        ("ItemsProcessed", counter(len(outcomes) - refused)),
        ("ItemsInvalid", counter(refused)),
    ]
    return [*nodes, ("StatusOfItems", status)]


def _invoice(books: Books, common: Common, item: Fields, dated: date) -> list[Node]:
    order, customer = _order(books, item)
    lines = _lines(books, item, order)
    register = books.next_number("register")
    sale = Sale(
        kind="I",
        invoice=next_invoice_number(books),
        document_type="I",
        dated=dated,
        period=common.period(books),
        register=register,
        reference=order.reference,
        branch=order.branch,
        area=customer["Area"],
        salesperson=customer["Salesperson"],
        terms=order.terms,
        lines=tuple(_sale_line(books, line, customer) for line in lines if line.line_type != "6"),
        source="SO",
        sales_order=order.sales_order,
    )
    journal = post_sale(books, customer, sale)
    for line in lines:
        _complete(books, line)
    open_lines = any(line.back_ordered for line in books.order_lines[order.sales_order])
    books.orders[order.sales_order] = replace(
        order,
        status=_BACK_ORDER if open_lines else _COMPLETE,
        last_invoice=sale.invoice,
    )
    return [("Key", _key(books, sale, journal))]


def _key(books: Books, sale: Sale, journal: JournalKey) -> list[Node]:
    year, month = sale.period
    problem = books.settings.gl_journal_error
    gl_journal: list[Node] = [
        ("GlYear", str(journal[0])),
        ("GlPeriod", f"{journal[1]:02d}"),
        ("GlJournal", f"{journal[2]:8d}"),
    ]
    if problem:
        gl_journal = [("GlJournalError", "1"), ("GlJournalMessage", problem)]
    return [
        ("SalesOrder", sale.sales_order),
        ("InvoiceNumber", sale.invoice),
        ("TrnYear", str(year)),
        ("TrnMonth", f"{month:02d}"),
        ("Register", f"{sale.register:8d}"),
        ("Processed", "Y"),
        ("GlJournal", gl_journal),
    ]


def _order(books: Books, item: Fields) -> tuple[SalesOrder, Customer]:
    given = item.required("SalesOrder", width=20)
    order = books.orders.get(given.zfill(15) if given.isdigit() else given)
    if order is None:
        raise refusals.not_on_file("SalesOrder", given, "Sales order")
    if order.status != _TO_INVOICE:
        why = f"Sales order has status {order.status} and is not ready to invoice"
        raise refusals.not_allowed("SalesOrder", given, why)
    customer = books.customers[order.customer]
    if customer.on_hold:
        raise refusals.on_hold("SalesOrder", books.shown_customer(customer.customer))
    return order, customer


def _lines(books: Books, item: Fields, order: SalesOrder) -> list[OrderLine]:
    listed = item.child("SalesOrderLineList").children("SalesOrderLine")
    wanted = {int(number) for one in listed if (number := one.text("Line")).isdigit()}
    lines = [
        line
        for line in books.order_lines[order.sales_order]
        if not line.invoiced
        and (line.line_type != "1" or line.shipping)
        and (not wanted or line.line in wanted)
    ]
    if not any(line.line_type != "6" for line in lines):
        why = "Nothing to invoice: no quantity is allocated to ship"
        raise refusals.not_allowed("SalesOrder", order.sales_order, why)
    return lines


def _sale_line(books: Books, line: OrderLine, customer: Customer) -> Line:
    stock = line.line_type == "1"
    cost = line.charge_cost
    if stock:
        unit_cost = books.items[line.stock_code].unit_cost
        cost = (line.shipping * unit_cost).quantize(CENT, rounding=ROUND_HALF_UP)
    return Line(
        product_class=line.product_class,
        net=net_value(line),
        tax=tax_value(line, customer["TaxStatus"]),
        cost=cost,
        relieves_stock=stock,
        stock_code=line.stock_code,
        warehouse=line.warehouse,
        quantity=line.shipping,
    )


def _complete(books: Books, line: OrderLine) -> None:
    """Takes the shipped quantity out of the warehouse and closes the line."""
    if line.line_type == "1":
        key = (line.stock_code, line.warehouse)
        level = books.levels[key]
        books.levels[key] = replace(
            level,
            on_hand=level.on_hand - line.shipping,
            allocated=level.allocated - line.shipping,
        )
        books.stock_moves[books.next_number("stock move")] = StockMove(
            stock_code=line.stock_code,
            warehouse=line.warehouse,
            quantity=-line.shipping,
            reference=line.sales_order,
        )
    books.put_line(replace(line, invoiced=not line.back_ordered, shipping=ZERO))
