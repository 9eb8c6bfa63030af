"""The query objects of receivables, the ledger, stock and orders; they change nothing."""

from datetime import timedelta
from decimal import Decimal
from xml.etree.ElementTree import Element

from sandbox.syspro import company
from sandbox.syspro.books import Books
from sandbox.syspro.comfnd import shown
from sandbox.syspro.document import Fields
from sandbox.syspro.records import Invoice
from sandbox.syspro.refusals import BrokenDocument
from sandbox.syspro.xml import Node


def arsqry(books: Books, document: Element) -> list[Node]:
    """Children of `ARStatement`: a customer with invoices and what happened to each."""
    query = Fields(document, books.settings)
    asked = query.child("Key").text("Customer")
    customer = books.customers.get(books.customer_key(asked))
    if customer is None:
        raise BrokenDocument(f"ERROR: Customer '{asked}' not found")
    option = query.child("Option")
    with_zero = option.text("IncludeZeroBalances", default="N") == "Y"
    with_transactions = option.text("IncludeTransactions", default="N") == "Y"
    header: list[Node] = [
        ("Customer", books.shown_customer(customer.customer)),
        *((name, customer[name]) for name in ("Name", "Email", "CustomerOnHold", "CreditLimit")),
        ("Currency", customer["Currency"]),
    ]
    mine = [one for one in books.invoices.values() if one.customer == customer.customer]
    nodes: list[Node] = [("Header", header)]
    for invoice in mine if option.text("IncludeInvoices", default="Y") == "Y" else []:
        if invoice.balance or with_zero:
            details = _invoice_detail(invoice)
            details += _transactions(books, invoice) if with_transactions else []
            nodes.append(("InvoiceDetail", details))
    total = sum((one.balance for one in mine), Decimal("0.00"))
    return [*nodes, ("TotalSection", [("TotalBalance", shown(total))])]


def _invoice_detail(invoice: Invoice) -> list[Node]:
    days = int(invoice.terms) if invoice.terms.isdigit() else 0
    return [
        ("DocumentType", invoice.document_type),
        ("Invoice", invoice.invoice),
        ("InvoiceDate", invoice.invoice_date.isoformat()),
        ("DueDate", (invoice.invoice_date + timedelta(days=days)).isoformat()),
        ("CustomerPoNumber", invoice.reference),
        ("CurrencyValue", shown(invoice.value)),
        ("InvoiceBal", shown(invoice.balance)),
        ("SalesOrder", invoice.sales_order),
    ]


def _transactions(books: Books, invoice: Invoice) -> list[Node]:
    sign = 1 if books.settings.payments_shown_negative else -1
    key = (invoice.customer, invoice.invoice, invoice.document_type)
    # The first movement of a document is the document itself, except for unapplied money.
    later = [m for n, m in enumerate(books.movements[key]) if n or m.kind == "P"]
    return [
        (
            "TransDetail",
            [
                ("Reference", movement.reference),
                ("TrnValue", shown(movement.value * (sign if movement.kind == "P" else 1))),
                ("JournalDate", movement.dated.isoformat()),
                ("DiscValue", shown(movement.discount)),
            ],
        )
        for movement in later
    ]


def impq29(books: Books, document: Element) -> list[Node]:
    """Children of `SalesLedgerInterface`: which sale goes to which account."""
    element = document.find("Filter/Branch")
    kind = element.get("FilterType", "A") if element is not None else "A"
    value = element.get("FilterValue", "") if element is not None else ""
    wanted = {part.strip() for part in value.split(",")}
    return [
        (
            "SalesInterface",
            [
                ("Branch", row.branch),
                ("ProductClass", row.product_class),
                ("GeographicArea", row.area),
                ("Warehouse", ""),
                ("SalesAccount", row.sales_account),
                ("CostOfSalesAccount", row.cost_account),
                ("IBTSalesAccount", row.sales_account),
                ("DiscountGivenAccount", company.DISCOUNT),
                ("CreditNoteAccount", row.sales_account),
            ],
        )
        for row in books.interfaces
        if kind == "A" or row.branch in wanted
    ]


def impqik(books: Books, _: Element) -> list[Node]:
    """Children of `SetKeyInformation`: how customers and invoices are numbered."""
    settings = books.settings
    customers: list[Node] = [
        ("CusKeyType", settings.customer_key_type),
        ("CusCase", "U"),
        ("CusZero", "Y" if settings.customer_key_type == "N" else "N"),
        ("CusPresentationLength", str(settings.customer_presentation_length)),
        ("CusMethod", settings.customer_method),
        ("NextCustomer", str(books.counters.get("customer", 0) + 1)),
    ]
    invoices: list[Node] = [("InvKeyType", settings.invoice_key_type)]
    return [("Customers", customers), ("ArInvoices", invoices)]


def impqgi(_: Books, __: Element) -> list[Node]:
    """Children of `GLLedgIntegrationOptionsReport`."""
    options: list[Node] = [
        ("ArIntegrationLevel", "D"),
        ("CreateArGlJournal", "Y"),
        ("PostArGlJournal", "Y"),
    ]
    return [("AccountsReceivable", options)]


def genqgl(books: Books, document: Element) -> list[Node]:
    """Children of `GLStructureQuery`: whether a ledger code may be posted to."""
    code = Fields(document.find("key"), books.settings).text("LedgerCode")
    account = books.accounts.get(code)
    if account is None:
        error: list[Node] = [
            ("Value", code),
            ("ErrorNumber", "100032"),
            ("ErrorDescription", f"Ledger code '{code}' not found"),
        ]
        return [("LedgerDetails", [("LedgerCode", error)])]
    details: list[Node] = [
        ("LedgerCode", account.code),
        ("Description", account.description),
        ("AccountType", account.kind),
        ("ControlAccFlag", "Y" if account.control else "N"),
        ("AccOnHldFlag", "Y" if account.on_hold else "N"),
    ]
    return [("LedgerDetails", details)]


def genqpp(books: Books, _: Element) -> list[Node]:
    """Children of `GlPeriodQuery`: the ledger's current period and which ones are open."""
    nodes: list[Node] = []
    for code in "CPB":
        year, month = books.period(code)
        open_flag = "N" if (year, month) in books.closed_gl else "Y"
        one: list[Node] = [("Year", str(year)), ("Period", f"{month:02d}"), ("Open", open_flag)]
        nodes.append(("GlPeriod", one))
    return nodes


def invqry(books: Books, document: Element) -> list[Node]:
    """Children of `InvQuery`; the warehouse filter is ignored, as seen on a real site."""
    code = Fields(document, books.settings).child("Key").text("StockCode")
    item = books.items.get(code)
    if item is None:
        raise BrokenDocument(f"ERROR: Stock code '{code}' not found")
    nodes: list[Node] = [("StockCode", code), ("Description", item.description)]
    zero = Decimal(0)
    for (stock_code, warehouse), level in books.levels.items():
        if stock_code != code:
            continue
        quantities = {
            "QtyOnHand": level.on_hand,
            "AvailableQty": level.available,
            "QtyAllocated": level.allocated,
            "QtyAllocatedWip": zero,
            "QtyOnOrder": zero,
            "QtyOnBackOrder": level.back_ordered,
            "QtyInTransit": zero,
            "UnitCost": item.unit_cost,
        }
        one: list[Node] = [
            ("Warehouse", warehouse),
            ("Description", company.WAREHOUSES[warehouse]),
            *((name, shown(value)) for name, value in quantities.items()),
        ]
        nodes.append(("WarehouseItem", one))
    return nodes


def sorqry(books: Books, document: Element) -> list[Node]:
    """Children of `SorDetail`; keys come back in their stored form."""
    key = Fields(document, books.settings).child("Key")
    asked, invoice = key.text("SalesOrder"), key.text("Invoice")
    number = asked.zfill(15) if asked.isdigit() else asked
    order = books.orders.get(number)
    if order is None and invoice:
        order = next((one for one in books.orders.values() if one.last_invoice == invoice), None)
    if order is None:
        raise BrokenDocument(f"ERROR: Sales order '{asked}' not found")
    nodes: list[Node] = [
        ("SalesOrder", order.sales_order),
        ("OrderStatus", order.status),
        ("Customer", order.customer),
        ("CustomerName", order.columns["CustomerName"]),
        ("CustomerPoNumber", order.reference),
        ("OrderDate", order.ordered.isoformat()),
        ("LastInvoice", order.last_invoice),
    ]
    for line in books.order_lines.get(order.sales_order, ()):
        one: list[Node] = [
            ("SalesOrderLine", str(line.line)),
            ("LineType", line.line_type),
            ("MStockCode", line.stock_code),
            ("MOrderQty", shown(line.ordered)),
            ("MShipQty", shown(line.shipping)),
            ("MBackOrderQty", shown(line.back_ordered)),
            ("MPrice", shown(line.price)),
            ("NMscChargeValue", shown(line.charge)),
        ]
        nodes.append(("SorDetailLine", one))
    return nodes
