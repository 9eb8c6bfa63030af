"""SORTOI: imports sales orders; nothing is imported when anything in the document is wrong."""

from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element

from sandbox.syspro import company, refusals
from sandbox.syspro.arstin import check_code, find_customer
from sandbox.syspro.books import Books
from sandbox.syspro.document import Fields
from sandbox.syspro.order_lines import LINE_KINDS, LineRules, read_line, release
from sandbox.syspro.posting import error_node
from sandbox.syspro.records import Customer, SalesOrder
from sandbox.syspro.refusals import Refused
from sandbox.syspro.xml import Node, counter

ROOT = "SalesOrders"
_HEADER_WIDTHS = {
    "CustomerName": 50,
    "Email": 255,
    **{f"ShipAddress{n}": 40 for n in range(1, 6)},
    "ShipPostalCode": 10,
    "ShippingInstrs": 50,
    "RequestedShipDate": 10,
}
CANCELLED = "\\"


@dataclass
class _Import:
    """What became of one order of the document."""

    reference: str
    action: str
    sales_order: str = ""
    errors: list[Node] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    back_ordered: bool = False


def post(books: Books, parameters: Element | None, document: Element) -> list[Node]:
    """The children of `SalesOrders`."""
    below = parameters.find("Parameters") if parameters is not None else None
    rules = Fields(below, books.settings)
    validating = rules.text("Process", default="Import").lower() == "validate"
    orders = Fields(document, books.settings).children("Orders")
    with books.undo.trial() as take_back:
        done = [_import(books, rules, order) for order in orders]
        failed = any(one.errors for one in done)
        if failed or validating:
            take_back()
            for one in done:
                one.sales_order = ""
    nodes = [] if _omitted(books, done) else [_order_node(one) for one in done]
    if validating:
        status = "Failed" if failed else "Successful"
        nodes.append(("ValidationStatus", [("Status", status)]))
    imported = [one for one in done if one.sales_order]
    warned = sum(1 for one in imported if one.warnings)
    rejected = sum(1 for one in done if one.errors)
    counters: list[Node] = [
        ("ItemsProcessed", counter(len(imported))),
        ("ItemsRejectedWithWarnings", counter(rejected)),
        ("ItemsProcessedWithWarnings", counter(warned)),
    ]
    return [*nodes, ("StatusOfItems", counters)]


def _omitted(books: Books, done: list[_Import]) -> bool:
    clean = all(one.sales_order and not one.warnings and not one.back_ordered for one in done)
    return books.settings.omit_order_answer and clean


def _order_node(one: _Import) -> Node:
    nodes: list[Node] = [
        ("CustomerPoNumber", one.reference),
        ("SalesOrder", one.sales_order),
        ("OrderActionType", one.action),
    ]
    if one.back_ordered:
        nodes.append(("BackOrderComment", "Some lines are on back order"))
    if one.warnings:
        nodes.append(("WarningMessages", [("WarningDescription", text) for text in one.warnings]))
    return ("Order", [*nodes, *one.errors])


def _import(books: Books, rules: Fields, order: Fields) -> _Import:
    header = order.child("OrderHeader")
    one = _Import(header.text("CustomerPoNumber", width=30), header.text("OrderActionType"))
    try:
        one.action = header.choice("OrderActionType", "ACD", default="A")
        if one.action == "D":
            one.sales_order = _cancel(books, header)
        elif one.action == "C":
            why = "Operator may not change sales orders"
            raise refusals.not_allowed("OrderActionType", "C", why)
        else:
            filed = _file_header(books, rules, header, one)
            _file_lines(books, rules, order.child("OrderDetails"), filed, one)
            one.sales_order = filed.sales_order
    except Refused as refused:
        one.errors.append(error_node(refused))
    return one


def _file_header(books: Books, rules: Fields, header: Fields, one: _Import) -> SalesOrder:
    shown = header.required("Customer", width=15)
    customer = find_customer(books, shown)
    _check_hold(rules, customer, shown, one)
    if not one.reference and customer["PoNumberMandatory"] == "Y":
        raise refusals.mandatory("CustomerPoNumber")
    duplicates = rules.choice("AllowDuplicateOrderNumbers", "NYA", default="N")
    used = one.reference and books.customer_reference_used(customer.customer, one.reference)
    if used and duplicates == "N":
        what = "Customer purchase order number"
        raise refusals.already_exists("CustomerPoNumber", one.reference, what)
    warehouse = header.text("Warehouse", width=10, default=customer["SalesWarehouse"])
    warehouse = warehouse or books.settings.default_warehouse
    check_code("Warehouse", warehouse, company.WAREHOUSES, "Warehouse")
    terms = header.text("InvoiceTerms", width=2, default=customer["TermsCode"])
    check_code("InvoiceTerms", terms, company.TERMS, "Invoice terms")
    currency = header.text("Currency", width=3, default=customer["Currency"])
    if currency != customer["Currency"]:
        why = f"Currency must be {customer['Currency']} for this customer"
        raise refusals.not_allowed("Currency", currency, why)
    columns = {name: header.text(name, width=width) for name, width in _HEADER_WIDTHS.items()}
    columns["CustomerName"] = columns["CustomerName"] or customer["Name"]
    columns["ReqShipDate"] = header.date("RequestedShipDate", books.today).isoformat()
    filed = SalesOrder(
        sales_order=_order_number(books, rules, header),
        status=_status(rules),
        customer=customer.customer,
        reference=one.reference,
        ordered=header.date("OrderDate", books.today),
        entered=books.today,
        currency=currency,
        branch=customer["Branch"],
        warehouse=warehouse,
        terms=terms,
        columns=columns,
    )
    books.orders[filed.sales_order] = filed
    return filed


def _check_hold(rules: Fields, customer: Customer, shown: str, one: _Import) -> None:
    if not customer.on_hold:
        return
    if not rules.yes("WarnIfCustomerOnHold"):
        raise refusals.on_hold("Customer", shown)
    one.warnings.append(refusals.on_hold("Customer", shown).text)
    if rules.choice("IgnoreWarnings", "NYW", default="N") == "N":
        raise refusals.on_hold("Customer", shown)


def _status(rules: Fields) -> str:
    kind = rules.text("TypeOfOrder", default="ORD")
    if kind not in ("ORD", "FWD", "SCH", "IBT", "BIL"):
        raise refusals.invalid("TypeOfOrder", kind, "ORD, FWD, SCH, IBT or BIL")
    if kind == "BIL":
        return "8"
    return rules.choice("OrderStatus", "148S", default="1")


def _order_number(books: Books, rules: Fields, header: Fields) -> str:
    given = header.text("SalesOrder", width=20)
    if given and rules.yes("AllowManualOrderNumberToBeUsed"):
        number = given.zfill(15) if given.isdigit() else given
        if number in books.orders:
            raise refusals.already_exists("SalesOrder", given, "Sales order")
        return number
    return f"{books.next_number('sales order', 15574):015d}"


def _file_lines(
    books: Books, rules: Fields, details: Fields, order: SalesOrder, one: _Import
) -> None:
    line_rules = LineRules(
        sales_order=order.sales_order,
        warehouse=order.warehouse,
        allocation=rules.choice("AllocationAction", "FBA", default="F"),
        allow_zero_price=rules.yes("AllowZeroPrice"),
    )
    lines = [(kind, fields) for kind, fields in details.ordered() if kind in LINE_KINDS]
    if not lines:
        raise refusals.mandatory("OrderDetails")
    for number, (kind, fields) in enumerate(lines, 1):
        try:
            line = read_line(books, line_rules, kind, fields, number)
        except Refused as refused:
            po_line = fields.text("CustomerPoLine")
            inner: list[Node] = [("CustomerPoLine", po_line), error_node(refused)]
            one.errors.append((kind, inner))
        else:
            one.back_ordered = one.back_ordered or bool(line.back_ordered)
            books.put_line(line)


def _cancel(books: Books, header: Fields) -> str:
    given = header.required("SalesOrder", width=20)
    number = given.zfill(15) if given.isdigit() else given
    order = books.orders.get(number)
    if order is None:
        raise refusals.not_on_file("SalesOrder", given, "Sales order")
    lines = books.order_lines.get(number, ())
    if order.cancelled or any(line.invoiced for line in lines):
        why = "Sales order is complete or already cancelled"
        raise refusals.not_allowed("SalesOrder", given, why)
    for line in lines:
        release(books, line)
    books.orders[number] = replace(order, status=CANCELLED, cancelled=True)
    return number
