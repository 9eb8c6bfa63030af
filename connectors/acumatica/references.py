"""How a document of Acumatica is named outside it: its type and number, e.g. `SO 000123`."""

from domain.record import Record

INVOICE, CREDIT_MEMO = "Invoice", "Credit Memo"


class Reference(Record):
    """Type and number, which together are a document's key."""

    type: str
    number: str

    def __str__(self) -> str:
        return f"{self.type} {self.number}"

    @property
    def is_invoice(self) -> bool:
        """Tell an invoice from an order, whichever strategy is in force now."""
        return self.type == INVOICE

    @property
    def is_credit_memo(self) -> bool:
        """Tell a credit memo from a credit order."""
        return self.type == CREDIT_MEMO

    @classmethod
    def parse(cls, text: str, *, order_type: str) -> "Reference":
        """Read it back; a bare number is an order of the connection's type."""
        kind, _, number = text.rpartition(" ")
        return cls(type=kind or order_type, number=number)
