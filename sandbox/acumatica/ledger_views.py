"""From records to what the ledger shows: documents, money and customers, plainly typed."""

from collections import defaultdict
from decimal import Decimal

from sandbox.acumatica.records import (
    ZERO,
    CustomerView,
    DocumentView,
    LineView,
    PaymentView,
    Record,
)
from sandbox.acumatica.standing import document_key
from sandbox.acumatica.tables import Tables


def document_view(record: Record) -> DocumentView:
    """A sales order or a sales invoice."""
    order = record.entity == "SalesOrder"
    kind, number = document_key(record)
    taxes: dict[str, Decimal] = {}
    for row in record["TaxDetails"]:
        taxes[row["TaxID"]] = taxes.get(row["TaxID"], ZERO) + row["TaxAmount"]
    return DocumentView(
        entity=record.entity,
        kind=kind,
        number=number,
        status=record["Status"],
        customer=record["CustomerID"],
        customer_order=record["CustomerOrder"] or "",
        external_ref=record["ExternalRef"] or "",
        currency=record["CurrencyID"] or record["Currency"],
        branch=record["Branch"] or record["_branch"],
        on=record["Date"],
        lines=tuple(_line(row, "OrderQty" if order else "Qty") for row in record["Details"]),
        taxes=taxes,
        tax=record["TaxTotal"],
        freight=record["Totals"]["Freight"] if order else ZERO,
        total=record["OrderTotal"] if order else record["Amount"],
        balance=record["Totals"]["UnpaidBalance"] if order else record["Balance"],
        released=not order and bool(record["_released"]),
    )


def payment_view(tables: Tables, record: Record) -> PaymentView:
    """A payment, prepayment or refund."""
    key = document_key(record)
    return PaymentView(
        kind=record["Type"],
        number=record["ReferenceNbr"],
        status=record["Status"],
        customer=record["CustomerID"],
        method=record["PaymentMethod"],
        cash_account=record["CashAccount"],
        amount=record["PaymentAmount"],
        currency=record["CurrencyID"],
        payment_ref=record["PaymentRef"] or "",
        external_ref=record["ExternalRef"] or "",
        on=record["ApplicationDate"],
        released=bool(record["_released"]),
        to_orders={one.target: one.amount + one.transferred for one in tables.reservations.of(key)},
        to_documents={one.target: one.amount for one in tables.applications.of(key)},
        available=record["AvailableBalance"],
    )


def customer_views(tables: Tables) -> list[CustomerView]:
    """Every customer with the sum of their released documents."""
    balances: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for record in _released(tables):
        balances[record["CustomerID"]] += signed_amount(record)
    filed = tables.records.get("Customer", {}).values()
    return [_customer(record, balances[record["CustomerID"]]) for record in filed]


def _customer(record: Record, balance: Decimal) -> CustomerView:
    main = record["MainContact"] or {}
    return CustomerView(
        code=record["CustomerID"],
        name=record["CustomerName"] or "",
        email=main.get("Email") or "",
        phone=main.get("Phone1") or "",
        postcode=(main.get("Address") or {}).get("PostalCode") or "",
        status=record["Status"],
        currency=record["CurrencyID"],
        balance=balance,
    )


def owed(tables: Tables, customer: str) -> Decimal:
    """What a customer owes by released documents."""
    mine = (one for one in _released(tables) if one["CustomerID"] == customer)
    return sum((signed_amount(one) for one in mine), ZERO)


def signed_amount(record: Record) -> Decimal:
    """What a released document adds to its customer's balance."""
    if record["Status"] == "Voided":
        return ZERO
    if record.entity == "Payment":
        amount = record["PaymentAmount"]
        return amount if record["Type"] == "Refund" else -amount
    return -record["Amount"] if record["Type"] == "Credit Memo" else record["Amount"]


def _released(tables: Tables) -> list[Record]:
    filed = (
        *tables.records.get("SalesInvoice", {}).values(),
        *tables.records.get("Payment", {}).values(),
    )
    return [one for one in filed if one["_released"]]


def _line(row: dict[str, object], quantity: str) -> LineView:
    def amount(name: str) -> Decimal:
        value = row.get(name)
        return value if isinstance(value, Decimal) else ZERO

    return LineView(
        number=int(str(row["LineNbr"])),
        item=str(row["InventoryID"]),
        warehouse=str(row.get("WarehouseID") or ""),
        quantity=amount(quantity),
        unit_price=amount("UnitPrice"),
        discount=amount("DiscountAmount"),
        amount=amount("Amount"),
    )
