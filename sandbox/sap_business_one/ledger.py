"""The ledger as records, for tests and the demo to count: documents, payments, accounts, partners.

Amounts are in each document's own currency unless they are called local.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sandbox.sap_business_one.books import ZERO, Allocation, Books
from sandbox.sap_business_one.entity_types import Row


@dataclass(frozen=True, kw_only=True)
class LedgerLine:
    """One line; freight has no item but an expense code."""

    item: str
    description: str
    quantity: Decimal
    net: Decimal
    tax: Decimal
    tax_code: str
    account: str
    warehouse: str = ""
    expense: int | None = None
    base: tuple[int, int, int] | None = None
    """BaseType, BaseEntry and BaseLine of what it was copied from."""


@dataclass(frozen=True, kw_only=True)
class LedgerDocument:
    """An order, delivery, invoice or credit note."""

    set_name: str
    doc_entry: int
    doc_num: int
    reference: str
    """Our user field."""
    number_at_card: str
    customer: str
    currency: str
    dated: date
    total: Decimal
    tax: Decimal
    paid: Decimal
    status: str
    cancel_status: str
    lines: tuple[LedgerLine, ...]
    freight: tuple[LedgerLine, ...]

    @property
    def live(self) -> bool:
        """Neither cancelled nor a cancellation."""
        return self.cancel_status == "csNo"

    @property
    def balance(self) -> Decimal:
        """What is open of it."""
        return self.total - self.paid if self.live else ZERO


@dataclass(frozen=True, kw_only=True)
class LedgerPayment:
    """Money in or out."""

    set_name: str
    doc_entry: int
    doc_num: int
    reference: str
    counter_reference: str
    transfer_reference: str
    customer: str
    currency: str
    dated: date
    amount: Decimal
    accounts: tuple[tuple[str, Decimal], ...]
    applied: tuple[tuple[str, int, Decimal], ...]
    """Set, DocEntry and amount of each document it was put against, while it is not cancelled."""
    cancelled: bool


@dataclass(frozen=True, kw_only=True)
class LedgerPartner:
    """A customer's account."""

    code: str
    name: str
    email: str
    phone: str
    postcode: str
    """Of the first address."""
    currency: str
    frozen: bool
    balance: Decimal
    """Local currency; positive when they owe."""


def documents(books: Books, set_name: str) -> list[LedgerDocument]:
    """Every document of a set, cancelled ones and cancellations too."""
    return [_document(books, set_name, row) for row in books.documents[set_name].values()]


def payments(books: Books, set_name: str) -> list[LedgerPayment]:
    """Every payment of a set."""
    applied: dict[int, list[Allocation]] = {}
    for one in books.allocations.values():
        if one.source[0] == set_name and not one.undone:
            applied.setdefault(one.source[1], []).append(one)
    return [
        _payment(books, set_name, row, applied.get(row["DocEntry"], []))
        for row in books.payments[set_name].values()
    ]


def partners(books: Books) -> list[LedgerPartner]:
    """Every customer."""
    return [
        LedgerPartner(
            code=row["CardCode"],
            name=row["CardName"],
            email=row["EmailAddress"] or "",
            phone=row["Phone1"] or "",
            postcode=next((a["ZipCode"] or "" for a in row["BPAddresses"]), ""),
            currency=row["Currency"],
            frozen=row["Frozen"] == "tYES",
            balance=books.owed.get(row["CardCode"]) or ZERO,
        )
        for row in books.partners.values()
    ]


def _document(books: Books, set_name: str, row: Row) -> LedgerDocument:
    return LedgerDocument(
        set_name=set_name,
        doc_entry=row["DocEntry"],
        doc_num=row["DocNum"],
        reference=_reference(books, row),
        number_at_card=row["NumAtCard"] or "",
        customer=row["CardCode"],
        currency=row["DocCurrency"],
        dated=row["DocDate"],
        total=row["_total"],
        tax=row["_tax"],
        paid=row["_paid"],
        status=row["DocumentStatus"],
        cancel_status=row["CancelStatus"],
        lines=tuple(_line(one) for one in row["DocumentLines"]),
        freight=tuple(_line(one) for one in row["DocumentAdditionalExpenses"]),
    )


def _line(line: Row) -> LedgerLine:
    based = line.get("_base_source")
    return LedgerLine(
        item=line.get("ItemCode") or "",
        description=line.get("ItemDescription") or line.get("Remarks") or "",
        quantity=line.get("Quantity", Decimal(1)),
        net=line["_total"],
        tax=line["_tax"],
        tax_code=line.get("TaxCode") or line.get("VatGroup") or "",
        account=line["_account"],
        warehouse=line.get("WarehouseCode") or "",
        expense=line.get("ExpenseCode"),
        base=(line["BaseType"], line["BaseEntry"], line["BaseLine"]) if based else None,
    )


def _payment(books: Books, set_name: str, row: Row, applied: list[Allocation]) -> LedgerPayment:
    return LedgerPayment(
        set_name=set_name,
        doc_entry=row["DocEntry"],
        doc_num=row["DocNum"],
        reference=_reference(books, row),
        counter_reference=row["CounterReference"] or "",
        transfer_reference=row["TransferReference"] or "",
        customer=row["CardCode"],
        currency=row["DocCurrency"],
        dated=row["DocDate"],
        amount=row["_total"],
        accounts=tuple((part.account, part.amount) for part in row["_money"]),
        applied=tuple((*one.document, one.amount) for one in applied),
        cancelled=row["Cancelled"] == "tYES",
    )


def _reference(books: Books, row: Row) -> str:
    return row.get(f"U_{books.settings.user_field}") or ""
