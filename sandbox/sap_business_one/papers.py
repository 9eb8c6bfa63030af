"""What the kinds of documents are called inside, and what a desk knows while it writes one."""

from dataclasses import dataclass
from decimal import Decimal

from sandbox.sap_business_one.books import Books, rounded
from sandbox.sap_business_one.entity_types import Row


@dataclass(frozen=True)
class Paper:
    """One kind of document."""

    set_name: str
    number: int
    """The object type, which `BaseType` names."""
    table: str
    line_table: str
    object_code: str
    bases: tuple[int, ...] = ()
    """What it can be copied from."""


PAPERS = {
    paper.set_name: paper
    for paper in (
        Paper("Orders", 17, "ORDR", "RDR1", "oOrders"),
        Paper("DeliveryNotes", 15, "ODLN", "DLN1", "oDeliveryNotes", (17,)),
        Paper("Invoices", 13, "OINV", "INV1", "oInvoices", (17, 15)),
        Paper("CreditNotes", 14, "ORIN", "RIN1", "oCreditNotes", (13,)),
    )
}
PAPER_BY_NUMBER = {paper.number: paper for paper in PAPERS.values()}


@dataclass(frozen=True)
class Desk:
    """Where one document is being written: for whom, in which currency, at which rate."""

    books: Books
    paper: Paper
    partner: Row
    currency: str
    rate: Decimal
    service: bool

    @property
    def foreign(self) -> bool:
        """Whether the document is in another currency than the books."""
        return self.currency != self.books.settings.local_currency

    @property
    def unit(self) -> Decimal:
        """The smallest unit of the document's currency."""
        return self.books.decimals(self.currency)

    def to_unit(self, value: Decimal) -> Decimal:
        """Rounded to the document's currency."""
        return rounded(value, self.unit)

    def local(self, value: Decimal) -> Decimal:
        """An amount of the document in local currency."""
        unit = self.books.decimals(self.books.settings.local_currency)
        return rounded(value * self.rate, unit)

    def own(self, local: Decimal) -> Decimal:
        """An amount in local currency as the document's."""
        return self.to_unit(local / self.rate)
