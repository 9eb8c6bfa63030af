"""What every ERP stand-in's ledger can be counted by, whatever the system calls its documents."""

from decimal import Decimal
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from sandbox.common_contacts import CommonContact
from sandbox.faults import Faults

_ZERO = Decimal(0)


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True)


class CommonAccount(_Row):
    """A customer."""

    code: str
    email: str
    name: str


class CommonDocument(_Row):
    """An invoice, debit or credit that counts; cancelled ones are left out."""

    reference: str
    """Our key where it is ours."""
    number: str
    """The ERP's own reference, as a person there would name it."""
    customer: str
    currency: str
    total: Decimal
    """Gross; negative for a credit."""
    tax: Decimal
    balance: Decimal
    """What is open of it."""


class CommonPayment(_Row):
    """Money taken, or given back; never negative."""

    reference: str
    customer: str
    currency: str
    amount: Decimal
    account: str
    """The clearing account, as the connection's rules name it."""


class CommonLedger(_Row):
    """The whole of it."""

    accounts: tuple[CommonAccount, ...] = ()
    documents: tuple[CommonDocument, ...] = ()
    payments: tuple[CommonPayment, ...] = ()
    payouts: tuple[CommonPayment, ...] = ()
    """Money given back to customers."""

    def documents_of(self, key: str) -> list[CommonDocument]:
        """The documents of an order's key: its invoice, and what was credited or debited to it."""
        return [one for one in self.documents if _belongs(one.reference, key)]

    def payments_of(self, key: str) -> list[CommonPayment]:
        """The payments of an order's key."""
        return [one for one in self.payments if _belongs(one.reference, key)]

    def sold(self, key: str) -> Decimal:
        """What the order comes to before refunds and cancellation: invoice and amendments."""
        ours = (key, f"{key}-A")
        kept = (one for one in self.documents_of(key) if one.reference.startswith(ours[1]))
        invoice = (one for one in self.documents_of(key) if one.reference == ours[0])
        return sum((one.total for one in (*invoice, *kept)), _ZERO)

    def credited(self, key: str) -> Decimal:
        """What refunds and a cancellation gave back, as a positive amount."""
        marks = (f"{key}-R", f"{key}-X")
        given = (one for one in self.documents_of(key) if one.reference.startswith(marks))
        return -sum((one.total for one in given), _ZERO)

    def paid(self, key: str) -> Decimal:
        """What was taken for the order."""
        return sum((one.amount for one in self.payments_of(key)), _ZERO)

    def payouts_of(self, key: str) -> list[CommonPayment]:
        """What was given back of an order's key."""
        return [one for one in self.payouts if _belongs(one.reference, key)]

    def paid_back(self, key: str) -> Decimal:
        """What was given back for the order."""
        return sum((one.amount for one in self.payouts_of(key)), _ZERO)

    @property
    def twice(self) -> list[str]:
        """The references of ours that are there more than once."""
        rows = (*self.documents, *self.payments, *self.payouts)
        seen = [one.reference for one in rows if one.reference]
        return sorted({one for one in seen if seen.count(one) > 1})


def _belongs(reference: str, key: str) -> bool:
    return reference == key or reference.startswith(f"{key}-")


class ErpStandIn(Protocol):
    """What the demo and the tests need of an ERP's stand-in."""

    app: Any
    faults: Faults
    settings: Any

    def common_ledger(self) -> CommonLedger:
        """The ledger as all systems have it; raises AssertionError when it does not add up."""
        ...

    def contact_of(self, code: str, /) -> CommonContact:
        """Whom an account is for. Raises KeyError for an unknown one."""
        ...

    def change_contact(self, code: str, /, **changes: str) -> None:
        """A person changes fields of an account, named as `CommonContact` does."""
        ...

    def set_stock(self, item: str, /, *, on_hand: int, warehouse: str) -> None:
        """Counts the goods of an item in a warehouse."""
        ...

    def available_in(self, warehouse: str) -> dict[str, Decimal]:
        """What may still be sold of each item in a warehouse: on hand less what is taken."""
        ...

    def expire_session(self) -> None:
        """The session that callers share is no longer valid."""
        ...
