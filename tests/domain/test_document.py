from decimal import Decimal

import pytest
from hypothesis import given

from domain.document import Posted, mismatch
from domain.money import Money
from domain.order import Order
from tests.support.orders import a_line, an_order, invoice_of, orders

MEANT = invoice_of(an_order(a_line("12.00"), tax="2.00"))
READ_BACK = Posted(
    key=MEANT.key, ref="BC-118", customer="C1", total=MEANT.total, tax=MEANT.tax, lines=1
)


@given(orders())
def test_a_document_that_reads_back_as_meant_has_no_difference(order: Order) -> None:
    meant = invoice_of(order)
    posted = Posted(
        key=meant.key,
        ref="1",
        customer=meant.customer,
        total=meant.total,
        tax=meant.tax,
        lines=len(meant.lines),
    )
    assert mismatch(meant, posted, lines=len(meant.lines)) == ""


def test_what_the_erp_does_not_tell_is_not_compared() -> None:
    posted = READ_BACK.model_copy(update={"tax": None, "lines": None})
    assert mismatch(MEANT, posted, lines=7) == ""


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"customer": "C2"}, "customer C2 instead of C1"),
        (
            {"total": Money(amount=Decimal("12.01"), currency="USD")},
            "total 12.01 USD instead of 12.00 USD",
        ),
        ({"total": Money(amount=Decimal(12), currency="CAD")}, "currency CAD instead of USD"),
        ({"tax": Money.zero("USD")}, "tax 0.00 USD instead of 2.00 USD"),
        ({"lines": 2}, "2 lines instead of 1"),
    ],
    ids=["customer", "total", "currency", "tax", "lines"],
)
def test_a_difference_is_said_in_words(changed: dict[str, object], words: str) -> None:
    assert mismatch(MEANT, READ_BACK.model_copy(update=changed), lines=1) == words


def test_all_differences_are_said_at_once() -> None:
    posted = READ_BACK.model_copy(update={"customer": "C2", "lines": 3, "tax": Money.zero("USD")})
    assert mismatch(MEANT, posted, lines=1) == (
        "customer C2 instead of C1, tax 0.00 USD instead of 2.00 USD, 3 lines instead of 1"
    )
