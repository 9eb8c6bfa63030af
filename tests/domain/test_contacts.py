from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.contacts import (
    AccountContact,
    AccountPart,
    Agreement,
    ContactChange,
    ContactField,
    Owner,
    Owners,
    Settlement,
    divided,
    settle,
)
from domain.customer import StoreContact
from domain.order import Address

STORE: Owners = dict.fromkeys(ContactField, Owner.STORE)
ERP: Owners = dict.fromkeys(ContactField, Owner.ERP)
HOME = Address(street_1="1 High St", city="Bath", postcode="BA1", country_code="GB")
ADA = StoreContact(
    first_name="Ada", last_name="Byron", email="ada@example.com", phone="1", address=HOME
)


@dataclass(frozen=True)
class Keeping:
    """How an ERP keeps what it is given: cut, perhaps in capitals, perhaps without a person."""

    width: int = 50
    capitals: bool = False
    persons: bool = True

    def text(self, given: str) -> str:
        cut = " ".join(given.split())[: self.width].rstrip()
        return cut.upper() if self.capitals else cut

    def kept(self, own: StoreContact) -> AccountContact:
        place = own.address or Address()
        return AccountContact(
            name=self.text(own.company or own.person or own.email),
            contact=self.text(own.person) if self.persons else None,
            email=self.text(own.email.lower()),
            phone=self.text(own.phone),
            address=Address(
                street_1=self.text(place.street_1),
                city=self.text(place.city),
                postcode=self.text(place.postcode),
                country_code=place.country_code,
            ),
        )


EXACT = Keeping()


def applied(own: StoreContact, change: ContactChange, *, width: int = 1000) -> StoreContact:
    """What a store has that was told to change, which may cut texts in its own way."""
    told = {name: value for name, value in change if value is not None}
    cut = {name: v[:width] if isinstance(v, str) else v for name, v in told.items()}
    return own.model_copy(update=cut)


def written(
    own: StoreContact, held: AccountContact, keeping: Keeping, settlement: Settlement
) -> AccountContact:
    """What an ERP holds that was told to change the parts of a settlement."""
    parts = settlement.account
    kept = keeping.kept(own)
    update: dict[str, object] = {}
    if AccountPart.NAME in parts:
        update["name"] = keeping.text(settlement.account_name)
    if AccountPart.CONTACT in parts:
        update["contact"] = keeping.text(settlement.account_contact)
    for part in (AccountPart.EMAIL, AccountPart.PHONE, AccountPart.ADDRESS):
        if part in parts:
            update[part.value] = getattr(kept, part.value)
    return held.model_copy(update=update)


words = st.text("abcdefgh ", min_size=1, max_size=12).map(lambda text: " ".join(f"x{text}".split()))
places = st.builds(Address, street_1=words, city=words, postcode=words, country_code=st.just("GB"))
owns = st.builds(
    StoreContact,
    first_name=words,
    last_name=words,
    company=st.just("") | words,
    email=words,
    phone=st.just("") | words,
    address=st.none() | places,
)
keepings = st.builds(
    Keeping, width=st.integers(4, 30), capitals=st.booleans(), persons=st.booleans()
)
every_owners = st.fixed_dictionaries({field: st.sampled_from(Owner) for field in ContactField})
edits = st.fixed_dictionaries(
    {},
    optional={"name": words, "contact": words, "email": words, "phone": words, "address": places},
)


@given(owns, keepings, every_owners)
def test_where_nobody_changed_anything_there_is_nothing_to_do(
    own: StoreContact, keeping: Keeping, owners: Owners
) -> None:
    kept = keeping.kept(own)
    settled = settle(own, kept=kept, held=kept, owners=owners, was_company=bool(own.company))
    assert settled.nothing


@given(owns, keepings, every_owners, edits, st.integers(3, 30))
def test_whatever_either_side_makes_of_a_text_the_two_come_to_rest(
    own: StoreContact,
    keeping: Keeping,
    owners: Owners,
    edited: dict[str, object],
    width: int,
) -> None:
    if not keeping.persons:
        edited.pop("contact", None)
    held = keeping.kept(own).model_copy(update=edited)
    company, agreed, writes = bool(own.company), "", 0
    for _ in range(4):
        if agreed == Agreement.of(held, own).text:
            break
        kept = keeping.kept(own)
        settled = settle(own, kept=kept, held=held, owners=owners, was_company=company)
        held = written(own, held, keeping, settled)
        own = applied(own, settled.store, width=width)
        company, agreed = bool(own.company), Agreement.of(held, own).text
        writes += not settled.nothing
    # The agreement is of what both say now, so that the next look writes nothing.
    assert agreed == Agreement.of(held, own).text
    assert writes <= 1


@given(owns, keepings, every_owners, edits)
def test_settling_again_writes_nothing_even_where_nothing_is_remembered(
    own: StoreContact, keeping: Keeping, owners: Owners, edited: dict[str, object]
) -> None:
    if not keeping.persons:
        edited.pop("contact", None)
    held = keeping.kept(own).model_copy(update=edited)
    company = bool(own.company)
    first = settle(own, kept=keeping.kept(own), held=held, owners=owners, was_company=company)
    held = written(own, held, keeping, first)
    own = applied(own, first.store)
    company = bool(own.company)
    again = settle(own, kept=keeping.kept(own), held=held, owners=owners, was_company=company)
    assert not again.store.fields


@given(owns, edits)
def test_where_the_erp_owns_everything_the_store_says_what_the_erp_says(
    own: StoreContact, edited: dict[str, object]
) -> None:
    edited.pop("contact", None)
    held = EXACT.kept(own).model_copy(update=edited)
    settled = settle(
        own, kept=EXACT.kept(own), held=held, owners=ERP, was_company=bool(own.company)
    )
    now = EXACT.kept(applied(own, settled.store))
    assert now.email.casefold() == held.email.casefold()
    assert now.phone == held.phone
    assert now.address == held.address
    assert now.name.casefold() == held.name.casefold()


@given(owns, edits)
def test_where_the_store_owns_everything_the_erp_gets_it_back(
    own: StoreContact, edited: dict[str, object]
) -> None:
    kept = EXACT.kept(own)
    held = kept.model_copy(update=edited)
    settled = settle(own, kept=kept, held=held, owners=STORE, was_company=bool(own.company))
    assert settled.store == ContactChange()
    now = written(own, held, EXACT, settled)
    wanted = kept if own.address is not None else kept.model_copy(update={"address": held.address})
    assert now == wanted


def held_as(own: StoreContact = ADA, **changes: object) -> AccountContact:
    return EXACT.kept(own).model_copy(update=changes)


def test_what_the_erp_has_nothing_of_empties_nothing_in_the_store() -> None:
    held = held_as(phone="", email="", address=Address())
    assert settle(ADA, kept=EXACT.kept(ADA), held=held, owners=ERP).nothing


def test_a_text_that_the_erp_only_cut_does_not_shorten_the_store_s() -> None:
    long = ADA.model_copy(update={"company": "The Analytical Engine Company of London"})
    narrow = Keeping(width=10)
    kept = narrow.kept(long)
    assert settle(long, kept=kept, held=kept, owners=ERP, was_company=True).nothing


def test_a_person_renamed_in_the_erp_is_renamed_in_the_store_and_on_the_contact() -> None:
    settled = settle(ADA, kept=EXACT.kept(ADA), held=held_as(name="Ada King"), owners=ERP_NAMES)
    assert settled.store == ContactChange(last_name="King")
    assert (settled.account, settled.account_contact) == ({AccountPart.CONTACT}, "Ada King")


ERP_NAMES: Owners = {**STORE, ContactField.NAME: Owner.ERP}
ERP_COMPANIES: Owners = {**STORE, ContactField.COMPANY: Owner.ERP}


def test_an_account_named_otherwise_than_its_contact_is_a_company_s() -> None:
    held = held_as(name="Engines Ltd")
    settled = settle(ADA, kept=EXACT.kept(ADA), held=held, owners=ERP_COMPANIES)
    assert settled.store == ContactChange(company="Engines Ltd")
    assert not settled.account


def test_a_company_removed_in_the_store_does_not_become_the_person_s_name() -> None:
    firm = ADA.model_copy(update={"company": "Engines Ltd"})
    settled = settle(
        ADA, kept=EXACT.kept(ADA), held=EXACT.kept(firm), owners=ERP_NAMES, was_company=True
    )
    assert settled.store == ContactChange()
    assert (settled.account, settled.account_name) == ({AccountPart.NAME}, "Ada Byron")


def test_a_customer_without_an_address_book_leaves_the_account_s_address_alone() -> None:
    bare = ADA.model_copy(update={"address": None})
    assert settle(bare, kept=EXACT.kept(bare), held=held_as(), owners=STORE).nothing


def test_only_what_differs_of_an_address_is_taken_over() -> None:
    own = ADA.model_copy(
        update={"address": HOME.model_copy(update={"id": "7", "state": "Somerset", "city": "BATH"})}
    )
    kept = EXACT.kept(own)
    held = kept.model_copy(
        update={"address": kept.address.model_copy(update={"street_1": "2 Low St"})}
    )
    [moved] = [settle(own, kept=kept, held=held, owners=ERP).store.address]
    assert own.address is not None
    assert moved == own.address.model_copy(update={"street_1": "2 Low St"})


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Ada King", ("Ada", "King")),
        ("Augusta Ada Byron", ("Augusta Ada", "Byron")),
        ("Grace Brewster Hopper", ("Grace Brewster", "Hopper")),
        ("Lovelace", ("Ada", "Lovelace")),
    ],
)
def test_a_name_is_divided_around_the_part_that_stays(name: str, parts: tuple[str, str]) -> None:
    assert divided(name, ADA) == parts


def test_an_agreement_is_read_back_and_a_plain_fingerprint_is_none() -> None:
    agreement = Agreement.of(held_as(), ADA)
    assert Agreement.parse(agreement.text) == agreement
    assert Agreement.parse("0123456789abcdef") is None


def test_a_change_tells_its_fields_and_never_what_is_in_them() -> None:
    change = ContactChange(last_name="King", phone="2")
    assert change.fields == (ContactField.NAME, ContactField.PHONE)
    assert "King" not in str(change.fields)
