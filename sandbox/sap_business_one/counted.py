"""Business One's ledger as every system's can be counted."""

from sandbox.common_ledger import CommonAccount, CommonDocument, CommonLedger, CommonPayment
from sandbox.sap_business_one.books import Books
from sandbox.sap_business_one.ledger import LedgerDocument, documents, partners, payments


def common_ledger(books: Books) -> CommonLedger:
    """Invoices and credit notes that are not cancelled, money that came in and went out."""
    return CommonLedger(
        accounts=tuple(
            CommonAccount(code=one.code, email=one.email, name=one.name) for one in partners(books)
        ),
        documents=tuple(
            _document(one, sign)
            for set_name, sign in (("Invoices", 1), ("CreditNotes", -1))
            for one in documents(books, set_name)
            if one.live
        ),
        payments=_money(books, "IncomingPayments"),
        payouts=_money(books, "VendorPayments"),
    )


def _money(books: Books, set_name: str) -> tuple[CommonPayment, ...]:
    return tuple(
        CommonPayment(
            reference=one.reference,
            customer=one.customer,
            currency=one.currency,
            amount=one.amount,
            account=", ".join(account for account, _ in one.accounts),
        )
        for one in payments(books, set_name)
        if not one.cancelled
    )


def _document(one: LedgerDocument, sign: int) -> CommonDocument:
    return CommonDocument(
        reference=one.reference,
        number=str(one.doc_num),
        customer=one.customer,
        currency=one.currency,
        total=sign * one.total,
        tax=sign * one.tax,
        balance=one.balance,
    )
