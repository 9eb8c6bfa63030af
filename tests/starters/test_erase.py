"""Whom `tillbridge erase` is asked for."""

import pytest

from starters.erase import SubjectUnclear, subject_of


def test_a_customer_is_named_by_id_or_by_address_and_orders_by_number() -> None:
    subject = subject_of(["7", " Jane@Example.com "], ["#118"])
    assert subject.customer_ids == {"7"}
    assert subject.emails == {"jane@example.com"}
    assert subject.order_ids == {"118"}


@pytest.mark.parametrize(
    ("customers", "orders"),
    [
        pytest.param([], [], id="nobody"),
        pytest.param(["7' OR WorkflowType = 'OrderSync"], [], id="a query instead of an id"),
        pytest.param(["Jane Doe"], [], id="a name, which many may have"),
        pytest.param([], ["1 2"], id="no order's number"),
        pytest.param([""], [], id="an empty id"),
    ],
)
def test_who_is_meant_must_be_clear(customers: list[str], orders: list[str]) -> None:
    with pytest.raises(SubjectUnclear):
        subject_of(customers, orders)
