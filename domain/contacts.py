"""What store and ERP should say of a customer, each field by its owner. Pure."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from domain.customer import Customer, StoreContact
from domain.order import Address
from domain.record import Record

_TEXTS = ("street_1", "street_2", "city", "state", "postcode")
# Without these no store takes an address: what the ERP leaves out of them stays as it is.
_NEEDED = ("street_1", "city", "postcode")


class Owner(StrEnum):
    """Whose word counts."""

    STORE = "store"
    ERP = "erp"


class ContactField(StrEnum):
    """What has an owner."""

    NAME = "name"  # of the person
    COMPANY = "company"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"


class AccountPart(StrEnum):
    """What of an ERP's account can be written by itself."""

    NAME = "name"  # the account's: the company, else the person
    CONTACT = "contact"  # the person
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"


EVERY_PART = frozenset(AccountPart)
Owners = Mapping[ContactField, Owner]


class AccountContact(Record):
    """How an ERP's account is called and reached. Personal data."""

    code: str = ""
    name: str  # the company, else the person
    contact: str | None = None  # the person; None: this ERP keeps none beside the name
    email: str = ""
    phone: str = ""
    address: Address = Address()

    @property
    def digest(self) -> str:
        """Hash all of it but the code."""
        return _hashed(self.model_dump_json(exclude={"code"}))

    @property
    def words(self) -> frozenset[str]:
        """Return the texts that tell who it is."""
        where = self.address
        texts = (self.name, self.contact or "", self.email, self.phone)
        return frozenset(
            text
            for text in (*texts, where.street_1, where.street_2, where.city, where.postcode)
            if len(text) > 1
        )


class AccountPage(Record):
    """One page of accounts. `next_cursor` is empty on the last page."""

    accounts: tuple[AccountContact, ...]
    next_cursor: str = ""
    seen_until: datetime | None = None
    """The newest change among them, by the ERP's clock; None where it tells of no times."""


class ContactChange(Record):
    """What to write to a store's customer; None leaves a field as it is. Personal data."""

    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    email: str | None = None
    phone: str | None = None
    address: Address | None = None

    @property
    def fields(self) -> tuple[ContactField, ...]:
        """Return what changes, in words that tell nobody's name."""
        named = self.first_name is not None or self.last_name is not None
        changed = {
            ContactField.NAME: named,
            ContactField.COMPANY: self.company is not None,
            ContactField.EMAIL: self.email is not None,
            ContactField.PHONE: self.phone is not None,
            ContactField.ADDRESS: self.address is not None,
        }
        return tuple(field for field, one in changed.items() if one)


class Settlement(Record):
    """What to write so that both sides say the same."""

    store: ContactChange = ContactChange()
    account: frozenset[AccountPart] = frozenset()
    account_name: str = ""  # with AccountPart.NAME
    account_contact: str = ""  # with AccountPart.CONTACT

    @property
    def nothing(self) -> bool:
        """Tell whether both sides agree."""
        return not self.store.fields and not self.account

    def told(self, customer: Customer) -> Customer:
        """Return the customer as the account is to have them."""
        names = {"name": self.account_name, "contact": self.account_contact}
        return customer.model_copy(update={part: text for part, text in names.items() if text})


class Agreement(Record):
    """What both sides said when they last agreed, hashed, so that nothing is written for ever.

    Either side may keep a text otherwise than it was given: as long as neither says anything new,
    there is nothing to do. An empty `store`: the account was seen, and is not agreed upon yet.
    """

    account: str
    store: str = ""
    company: bool = False  # the account went by a company's name

    @classmethod
    def of(cls, held: AccountContact, own: StoreContact) -> "Agreement":
        """Return the agreement that these two are."""
        return cls(
            account=held.digest,
            store=_hashed(own.model_dump_json()),
            company=bool(own.company),
        )

    @classmethod
    def parse(cls, text: str) -> "Agreement | None":
        """Read one back; None for a fingerprint of what only the ERP was told."""
        parts = text.split(":")
        if len(parts) != 3:
            return None
        return cls(account=parts[0], store=parts[1], company=parts[2] == "company")

    @property
    def text(self) -> str:
        """Write it down."""
        return f"{self.account}:{self.store}:{'company' if self.company else 'person'}"


def settle(
    own: StoreContact,
    *,
    kept: AccountContact,
    held: AccountContact,
    owners: Owners,
    was_company: bool = False,
) -> Settlement:
    """Decide what to write where. Each field's owner wins.

    `kept` is what the ERP would make of the store's customer: cut, in its capitals, with its codes.
    Only what differs from that was changed by somebody. What the ERP leaves empty empties nothing
    in the store. `was_company`: the account went by a company's name when both last agreed.
    """
    change, account = _names(own, kept, held, owners, was_company=was_company)
    parts = set(account)
    if not _same(held.email, kept.email):
        if owners[ContactField.EMAIL] is Owner.STORE:
            parts.add(AccountPart.EMAIL)
        elif held.email:
            change["email"] = held.email
    if not _same(held.phone, kept.phone):
        if owners[ContactField.PHONE] is Owner.STORE:
            parts.add(AccountPart.PHONE)
        elif held.phone:
            change["phone"] = held.phone
    here = own.address
    if not _same_place(held.address, kept.address):
        if owners[ContactField.ADDRESS] is Owner.STORE:
            # A customer without an address book says nothing of where they live.
            parts |= {AccountPart.ADDRESS} if here is not None else set()
        elif held.address.street_1:
            change["address"] = _moved(here or Address(), kept.address, held.address)
    said = own.model_dump()
    new = {name: value for name, value in change.items() if said[name] != value}
    if change.get("address") == here:
        new.pop("address", None)
    return Settlement(
        store=ContactChange.model_validate(new),
        account=frozenset(parts),
        account_name=account.get(AccountPart.NAME, ""),
        account_contact=account.get(AccountPart.CONTACT, ""),
    )


def _names(
    own: StoreContact,
    kept: AccountContact,
    held: AccountContact,
    owners: Owners,
    *,
    was_company: bool,
) -> tuple[dict[str, object], dict[AccountPart, str]]:
    """Settle person and company, which share the account's name."""
    change: dict[str, object] = {}
    account: dict[AccountPart, str] = {}
    erp_names_company = owners[ContactField.COMPANY] is Owner.ERP
    erp_names_person = owners[ContactField.NAME] is Owner.ERP
    if held.contact and erp_names_company:
        by_company = not _same(held.contact, held.name)
    else:
        by_company = bool(own.company) or was_company
    person = own.person
    if by_company:
        if not erp_names_company:
            _put(account, AccountPart.NAME, own.company or person, kept.name, held.name)
        elif held.name and not (own.company and _same(held.name, kept.name)):
            change["company"] = held.name
        told = held.contact
    else:
        told = held.name
    kept_person = kept.name if kept.contact is None else kept.contact
    if erp_names_person and told and not _same(told, kept_person):
        first, last = divided(told, own)
        change |= {"first_name": first, "last_name": last}
        person = f"{first} {last}".strip()
        kept_person = told
    if not by_company:
        # The account's name is the person's, and its contact with it.
        _put(account, AccountPart.NAME, person, kept_person, held.name)
    if held.contact is not None and (not by_company or not erp_names_person):
        _put(account, AccountPart.CONTACT, person, kept_person, held.contact)
    return change, account


def divided(name: str, own: StoreContact) -> tuple[str, str]:
    """Divide a person's name as the store does, keeping whichever part stays."""
    words = name.split()
    for count in range(1, len(words)):
        first, last = " ".join(words[:count]), " ".join(words[count:])
        if _same(first, own.first_name):
            return own.first_name, last
        if _same(last, own.last_name):
            return first, own.last_name
    if len(words) < 2:
        return own.first_name, name.strip()
    return " ".join(words[:-1]), words[-1]


def _put(
    account: dict[AccountPart, str], part: AccountPart, wanted: str, kept: str, held: str
) -> None:
    if wanted and not _same(kept, held):
        account[part] = wanted


def _moved(own: Address, kept: Address, held: Address) -> Address:
    """Return the store's address with what the ERP says otherwise."""
    moved: dict[str, str] = {}
    for name in _TEXTS:
        here, there = getattr(own, name), getattr(held, name)
        keep = _same(getattr(kept, name), there) or (not there and name in _NEEDED)
        moved[name] = here if keep else there
    if not _same_country(kept, held) and (held.country or held.country_code):
        moved |= {"country": held.country, "country_code": held.country_code}
    return own.model_copy(update=moved)


def _same_place(one: Address, other: Address) -> bool:
    texts = all(_same(getattr(one, name), getattr(other, name)) for name in _TEXTS)
    return texts and _same_country(one, other)


def _same_country(one: Address, other: Address) -> bool:
    return _same(one.country_code, other.country_code) and _same(one.country, other.country)


def _same(one: str | None, other: str | None) -> bool:
    """Compare texts; blanks and capitals are no difference worth a write."""
    return " ".join((one or "").split()).casefold() == " ".join((other or "").split()).casefold()


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
