"""Persons' words are taken out of what others say, in every shape in which those quote them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.customer import customer_of
from domain.order import Address, Order
from domain.privacy import BLANK, blanked, personal_words, without_person
from tests.support.orders import a_refund, an_order, orders

WORDS = ("Quirinus", "Plantedname", "Quirinus Plantedname", "17 Planted Crescent", "Zoë Łęcka")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        pytest.param("Name 'Quirinus Plantedname' is taken", "Name '***' is taken", id="quoted"),
        pytest.param("NAME QUIRINUS PLANTEDNAME.", "NAME ***.", id="in capitals"),
        pytest.param("Name 'Quirinus Plan' is long", "Name '***' is long", id="cut to a field"),
        pytest.param("<Name>Zo&#235; L&#x119;cka</Name>", "<Name>***</Name>", id="as XML"),
        pytest.param("Contact Zoe Lecka", "Contact ***", id="without accents"),
        pytest.param("Contact Zo? L?cka", "Contact ***", id="with question marks"),
        pytest.param("to jane@a.example now", "to *** now", id="any e-mail address"),
        pytest.param("<jane@a.example>.", "<***>.", id="an address in brackets"),
        pytest.param("Quirinusson is another", "Quirinusson is another", id="part of a word"),
        pytest.param("What? Where??", "What? Where??", id="real question marks"),
        pytest.param("17 Plant", "17 Plant", id="too short a part to tell"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_person_is_taken_out_of_a_sentence(said: str, kept: str) -> None:
    assert blanked(said, WORDS) == kept


@given(before=st.text(max_size=20), behind=st.text(max_size=20))
def test_a_name_never_survives_between_other_texts(before: str, behind: str) -> None:
    assert "Plantedname" not in blanked(f"{before} Plantedname {behind}", WORDS)


@given(said=st.text(max_size=200))
def test_any_text_can_be_blanked(said: str) -> None:
    assert isinstance(blanked(said, WORDS), str)


def test_the_words_of_an_order_are_those_of_all_its_addresses() -> None:
    home = Address(first_name="Ada", last_name="Byron", email="ada@example.com", city="London")
    work = Address(company="Engines Ltd", street_1="1 Mill Lane", phone="555", country="England")
    words = personal_words(an_order(billing=home, shipping=(work,)))
    assert words == {
        "Ada", "Byron", "Ada Byron", "ada@example.com", "London", "Engines Ltd", "1 Mill Lane",
        "555",
    }  # fmt: skip
    assert words <= personal_words(customer_of(an_order(billing=home, shipping=(work,))))


@given(order=orders())
def test_an_order_without_its_person_makes_the_same_document(order: Order) -> None:
    order = order.model_copy(update={"refunds": (a_refund(reason="for Ada"),)})
    anonymous = without_person(order)
    assert personal_words(anonymous) == frozenset()
    assert anonymous.fingerprint == order.fingerprint
    assert [refund.amount for refund in anonymous.refunds] == [r.amount for r in order.refunds]
    assert all(refund.reason == "" for refund in anonymous.refunds)
    assert BLANK not in anonymous.model_dump_json()
