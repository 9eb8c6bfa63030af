"""How each ERP's stand-in tells its ledger, read into what the judge goes by."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from starters.faults.facts import (
    AccountFacts,
    InvoiceFacts,
    LedgerFacts,
    LineFacts,
    PaymentFacts,
)

Row = Mapping[str, Any]
_CREDITED_ORDERS = frozenset({"CM", "RC", "CR"})
# How the key of what amends, refunds or cancels an order ends.
_MONEY = ("payments", "refunds")
_FOLLOWS = re.compile(r"-[ARX][^-]*$")


def syspro_ledger(ledger: Row) -> LedgerFacts:
    """Read SYSPRO's: credits and debits are rows of the invoice that they were posted to."""
    documents: list[Row] = [
        *ledger["invoices"],
        *(row for row in ledger["credit_notes"] if "balance" in row),
    ]
    return LedgerFacts(
        accounts=tuple(_syspro_account(row) for row in ledger["customers"]),
        invoices=tuple(InvoiceFacts.model_validate(row) for row in documents),
        lines=tuple(
            LineFacts(
                **{name: row[name] for name in ("invoice", "customer", "reference")},
                kind=row["document_type"],
                product_class=row["product_class"],
                sales_order=row["sales_order"],
                gross=Decimal(row["net"]) + Decimal(row["tax"]),
            )
            for row in ledger["sales_lines"]
        ),
        payments=tuple(PaymentFacts.model_validate(row) for row in ledger["payments"]),
        balances=_balances(ledger),
    )


def acumatica_ledger(ledger: Row) -> LedgerFacts:
    """Read Acumatica's: orders and, without orders, invoices; what was voided does not count."""
    documents = [
        LineFacts(
            invoice=f"{row['kind']} {row['number']}",
            customer=row["customer"],
            reference=row["external_ref"],
            kind="C" if credit else "I",
            product_class="",
            gross=-Decimal(row["total"]) if credit else Decimal(row["total"]),
            linked_as=f"{row['kind']} {row['number']}",
        )
        for row, credit in (
            *((row, row["kind"] in _CREDITED_ORDERS) for row in ledger["orders"]),
            *((row, False) for row in ledger["invoices"]),
            *((row, True) for row in ledger["credit_notes"]),
        )
        if row["external_ref"] and row["status"] not in ("Canceled", "Voided")
    ]
    moved = {
        name: tuple(
            PaymentFacts(
                reference=row["external_ref"],
                customer=row["customer"],
                value=Decimal(row["amount"]),
                linked_as=f"{row['kind']} {row['number']}",
            )
            for row in ledger[name]
            if row["status"] != "Voided"
        )
        for name in _MONEY
    }
    return _of_documents(ledger, documents, moved)


def sap_business_one_ledger(ledger: Row) -> LedgerFacts:
    """Read Business One's: invoices and credit notes; what was cancelled does not count."""
    documents = [
        LineFacts(
            invoice=f"{row['set_name']}({row['doc_entry']})",
            customer=row["customer"],
            reference=row["reference"],
            kind=kind,
            product_class="",
            gross=sign * Decimal(row["total"]),
            linked_as=str(row["doc_num"]),
        )
        for name, kind, sign in (("invoices", "I", 1), ("credit_notes", "C", -1))
        for row in ledger[name]
        if row["cancel_status"] == "csNo"
    ]
    moved = {
        name: tuple(
            PaymentFacts(
                reference=row["reference"],
                customer=row["customer"],
                value=Decimal(row["amount"]),
                linked_as=str(row["doc_num"]),
            )
            for row in ledger[name]
            if not row["cancelled"]
        )
        for name in _MONEY
    }
    return _of_documents(ledger, documents, moved)


def _of_documents(
    ledger: Row, documents: Sequence[LineFacts], moved: Mapping[str, tuple[PaymentFacts, ...]]
) -> LedgerFacts:
    """Take each document as one line, and as an order's invoice where it has the order's key.

    What customers owe is left to the stand-in's own audit, which goes by open items.
    """
    return LedgerFacts(
        accounts=tuple(_account(row) for row in ledger["customers"]),
        invoices=tuple(_invoices(documents)),
        lines=tuple(documents),
        payments=moved["payments"],
        payouts=moved["refunds"],
        balances=_balances(ledger),
    )


def _invoices(documents: Iterable[LineFacts]) -> Iterator[InvoiceFacts]:
    for one in documents:
        if not _FOLLOWS.search(one.reference):
            yield InvoiceFacts(
                invoice=one.invoice,
                document_type=one.kind,
                reference=one.reference,
                customer=one.customer,
                linked_as=one.linked_as,
            )


def _balances(ledger: Row) -> dict[str, Decimal]:
    return {name: Decimal(value) for name, value in ledger["totals"]["accounts"].items()}


def _account(row: Row) -> AccountFacts:
    names = ("code", "email", "name", "postcode", "currency")
    return AccountFacts(**{name: row[name] for name in names})


def _syspro_account(row: Row) -> AccountFacts:
    columns = row["columns"]
    return AccountFacts(
        code=row["customer"],
        email=columns.get("Email", ""),
        name=columns.get("Name", ""),
        postcode=columns.get("SoldPostalCode", ""),
        currency=columns.get("Currency", ""),
    )
