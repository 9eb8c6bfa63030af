import pytest
from hypothesis import given

from domain.customer import CustomerKey, customer_of
from domain.order import Address, Order
from tests.support.orders import an_order, orders


def test_a_guest_is_kept_under_a_hash_of_the_address_and_never_under_the_address() -> None:
    guest = customer_of(an_order())
    assert guest.resource.startswith("customer:guest-")
    assert "ada" not in guest.resource


@pytest.mark.parametrize("email", ["ADA@example.com", " ada@Example.com "])
def test_a_guest_is_the_same_however_the_address_is_typed(email: str) -> None:
    guest = customer_of(an_order())
    assert guest.model_copy(update={"email": email}).resource == guest.resource


def test_a_registered_customer_is_kept_under_the_store_s_id() -> None:
    assert customer_of(an_order(customer_id="42")).resource == "customer:42"


def test_a_company_goes_before_the_person_who_buys_for_it() -> None:
    billing = Address(first_name="Ada", last_name="Byron", company="Engines Ltd")
    customer = customer_of(an_order(billing=billing))
    assert (customer.name, customer.contact) == ("Engines Ltd", "Ada Byron")


def test_a_buyer_without_a_company_goes_by_name() -> None:
    assert customer_of(an_order()).name == "Ada Byron"


@given(orders())
def test_what_is_sent_nowhere_is_sent_to_the_billing_address(order: Order) -> None:
    expected = order.shipping[0] if order.shipping else order.billing
    assert customer_of(order).shipping == expected


def test_a_fingerprint_changes_with_what_the_erp_would_be_told() -> None:
    customer = customer_of(an_order())
    assert customer.model_copy(update={"phone": "123"}).fingerprint != customer.fingerprint
    assert customer.model_copy().fingerprint == customer.fingerprint


def test_a_customer_s_workflow_id_names_it() -> None:
    key = CustomerKey(connection="main", customer_id="42")
    assert key.workflow_id == "main:customer:42"


def test_guests_without_an_e_mail_are_told_apart_by_where_they_live() -> None:
    one = customer_of(an_order()).model_copy(update={"email": ""})
    street = one.billing.model_copy(update={"street_1": "2 Other Street"})
    assert one.resource != one.model_copy(update={"billing": street}).resource
    assert one.resource == one.model_copy(update={"shipping": street}).resource
