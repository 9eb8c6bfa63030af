"""Acumatica's ledger as every system's can be counted."""

from sandbox.acumatica.books import Books
from sandbox.acumatica.records import DocumentView, PaymentView
from sandbox.common_ledger import CommonAccount, CommonDocument, CommonLedger, CommonPayment

_CREDITS = frozenset({"CM", "RC", "CR", "Credit Memo"})


def common_ledger(books: Books) -> CommonLedger:
    """Orders and invoices that are not canceled, money in and out that is not voided."""
    books.audit()
    return CommonLedger(
        accounts=tuple(
            CommonAccount(code=one.code, email=one.email, name=one.name) for one in books.customers
        ),
        documents=tuple(
            _document(one)
            for one in (*books.orders, *books.invoices)
            if one.external_ref and one.status != "Canceled"
        ),
        payments=tuple(_money(one) for one in books.payments if one.status != "Voided"),
        payouts=tuple(_money(one) for one in books.refunds if one.status != "Voided"),
    )


def _money(one: PaymentView) -> CommonPayment:
    return CommonPayment(
        reference=one.external_ref,
        customer=one.customer,
        currency=one.currency,
        amount=one.amount,
        account=f"{one.method}/{one.cash_account}",
    )


def _document(one: DocumentView) -> CommonDocument:
    sign = -1 if one.kind in _CREDITS else 1
    return CommonDocument(
        reference=one.external_ref,
        number=f"{one.kind} {one.number}",
        customer=one.customer,
        currency=one.currency,
        total=sign * one.total,
        tax=sign * one.tax,
        balance=one.balance,
    )
