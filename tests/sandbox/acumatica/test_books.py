from dataclasses import replace
from decimal import Decimal

import pytest

from sandbox.acumatica import AcumaticaStandIn
from sandbox.acumatica.checks import Context
from sandbox.acumatica.money import enter_payment, release_payment
from sandbox.acumatica.records import Record


@pytest.fixture
def stand_in() -> AcumaticaStandIn:
    return AcumaticaStandIn()


def paid(stand_in: AcumaticaStandIn) -> Record:
    books = stand_in.books
    context = Context("MAIN", "till", books.today)
    sent = {"CustomerID": "WEBSTORE", "PaymentMethod": "CASH", "Hold": False}
    payment = enter_payment(books, sent | {"PaymentAmount": Decimal(5)}, context)
    release_payment(books, payment)
    return payment


def test_books_that_add_up_pass_their_audit(stand_in: AcumaticaStandIn) -> None:
    paid(stand_in)
    stand_in.audit()
    assert stand_in.books.customers[0].balance == -5
    assert stand_in.books.balances() == {"10200": Decimal(5), "11000": Decimal(-5)}


def test_a_batch_that_does_not_balance_fails_the_audit(stand_in: AcumaticaStandIn) -> None:
    paid(stand_in)
    (number, journal), *_ = stand_in.books.journals.items()
    stand_in.books.journals[number] = replace(journal, entries=journal.entries[:1])
    with pytest.raises(AssertionError, match="does not balance"):
        stand_in.audit()


def test_money_that_is_in_no_batch_fails_the_audit(stand_in: AcumaticaStandIn) -> None:
    paid(stand_in)
    stand_in.books.journals.clear()
    with pytest.raises(AssertionError, match="control account"):
        stand_in.audit()


def test_an_amount_changed_behind_the_forms_back_fails_the_audit(
    stand_in: AcumaticaStandIn,
) -> None:
    payment = paid(stand_in)
    stand_in.books.change(
        stand_in.books.records["Payment"][payment.key], AvailableBalance=Decimal(4)
    )
    with pytest.raises(AssertionError, match="payment"):
        stand_in.audit()


def test_what_a_trial_refuses_is_taken_back_and_its_number_stays_spent(
    stand_in: AcumaticaStandIn,
) -> None:
    def refused() -> None:
        with stand_in.books.trial():
            paid(stand_in)
            raise RuntimeError("late")

    with pytest.raises(RuntimeError, match="late"):
        refused()
    assert stand_in.books.payments == []
    assert stand_in.books.balances() == {}
    assert paid(stand_in)["ReferenceNbr"] == "000002"


def test_the_clock_never_shows_the_same_time_twice(stand_in: AcumaticaStandIn) -> None:
    times = [stand_in.books.now for _ in range(1000)]
    assert len(set(times)) == 1000
    assert times == sorted(times)
