"""Customers: looked up in ArCustomer, opened and kept up to date by ARSSCS."""

from collections.abc import Collection

from connectors.errors import OutcomeUnknown, Rejected
from connectors.syspro.client import EnetClient
from connectors.syspro.documents import (
    CustomerItem,
    CustomerKey,
    CustomerParameters,
    Customers,
    Parameters,
    rendered,
)
from connectors.syspro.find import After, Condition, Row, Rows, equals
from connectors.syspro.keys import KeyRules
from connectors.syspro.profile import BusinessObject
from connectors.syspro.settings import SysproSettings
from connectors.syspro.site import Site
from connectors.syspro.text import fits, fitted
from domain.contacts import EVERY_PART, AccountContact, AccountPage, AccountPart
from domain.customer import Customer, ErpCustomer
from domain.order import Address

_COLUMNS = (
    "Customer",
    "Name",
    "Email",
    "SoldPostalCode",
    "Currency",
    "CustomerOnHold",
    "CreditStatus",
)
_CONTACT_COLUMNS = (
    "Customer",
    "Name",
    "Contact",
    "Email",
    "Telephone",
    "SoldToAddr1",
    "SoldToAddr2",
    "SoldToAddr3",
    "SoldToAddr4",
    "SoldToAddr5",
    "SoldPostalCode",
)
_HELD_BY_HAND = "9"
_NEEDS_A_NAME = "SYSPRO needs a name for a customer, and the store has none."


class CustomerAccounts:
    """The customer accounts of one company."""

    def __init__(
        self, settings: SysproSettings, client: EnetClient, rows: Rows, site: Site
    ) -> None:
        self._settings = settings
        self._client = client
        self._rows = rows
        self._site = site

    async def find(self, customer: Customer) -> tuple[ErpCustomer, ...]:
        """Return the accounts in the customer's currency with this e-mail, else name and postcode.

        Neither is unique in SYSPRO, so there may be several.
        """
        found: tuple[ErpCustomer, ...] = ()
        email = customer.email.strip()
        if email:
            spellings = tuple(dict.fromkeys((email, email.lower())))
            found = await self._accounts(equals("Email", *spellings))
        name, postcode = fitted(customer.name, 50), fitted(customer.billing.postcode, 10)
        if not any(one.currency == customer.currency for one in found) and name and postcode:
            found = await self._accounts(equals("Name", name), equals("SoldPostalCode", postcode))
        return tuple(one for one in found if one.currency == customer.currency)

    async def by_code(self, code: str) -> ErpCustomer | None:
        """Return the account with that code, however it is padded."""
        stored = (await self._site.keys()).stored_customer(code)
        found = await self._accounts(equals("Customer", stored))
        return found[0] if found else None

    async def create(self, customer: Customer) -> ErpCustomer:
        """Open an account, numbered the way the site does it.

        Raises:
            Rejected: SYSPRO refuses it, with its words.
            Conflict: the code that we would give is taken by somebody else.
            OutcomeUnknown: it may have been opened.
        """
        keys = await self._site.keys()
        settings = self._settings
        opening = {
            "salesperson": settings.salesperson or None,
            "branch": settings.branch or None,
            "terms": settings.terms or None,
            "area": settings.area or None,
            "currency": settings.syspro_currency(customer.currency),
            "tax_status": settings.tax_status,
            "balance_type": "I",
            "customer_class": settings.customer_class or None,
        }
        item = _item(customer, self._own_code(keys, customer)).model_copy(update=opening)
        answer = await self._client.setup("Add", BusinessObject.CUSTOMER, *self._documents(item))
        code = answer.first("item/key/customer")
        if not code:
            raise OutcomeUnknown("SYSPRO opened a customer without naming its code.")
        return ErpCustomer(
            code=keys.shown_customer(code),
            name=item.name or "",
            email=item.email or "",
            postcode=item.sold_postcode or "",
            currency=customer.currency,
        )

    async def update(
        self, code: str, customer: Customer, parts: Collection[AccountPart] = EVERY_PART
    ) -> None:
        """Bring some parts up to date; whatever else there is stays as it is.

        Raises:
            Rejected: SYSPRO refuses it, with its words.
            OutcomeUnknown: it may have been applied; repeating it is harmless.
        """
        shown = (await self._site.keys()).shown_customer(code)
        item = _item(customer, shown, parts)
        await self._client.setup("Update", BusinessObject.CUSTOMER, *self._documents(item))

    async def contact(self, code: str) -> AccountContact | None:
        """Read how an account is called and reached."""
        keys = await self._site.keys()
        stored = keys.stored_customer(code)
        rows = await self._rows.select(
            "ArCustomer",
            _CONTACT_COLUMNS,
            where=(equals("Customer", stored),),
            order_by=("Customer",),
            limit=1,
        )
        return _contact(rows[0], keys) if rows else None

    def as_kept(self, customer: Customer) -> AccountContact:
        """Return what ArCustomer would hold of a customer."""
        item = _item(customer, "")
        return AccountContact(
            name=item.name or "",
            contact=item.contact,
            email=item.email or "",
            phone=item.telephone or "",
            address=Address(
                street_1=item.sold_1 or "",
                street_2=item.sold_2 or "",
                city=item.sold_3 or "",
                state=item.sold_4 or "",
                country=item.sold_5 or "",
                postcode=item.sold_postcode or "",
            ),
        )

    async def contacts(self, *, cursor: str) -> AccountPage:
        """Read one page of every account: nothing in ArCustomer tells when it changed.

        The cursor is the last account's number as it is stored.
        """
        limit = self._settings.profile.find_limit
        rows = await self._rows.select(
            "ArCustomer",
            _CONTACT_COLUMNS,
            where=(),
            order_by=("Customer",),
            limit=limit,
            after=After(column="Customer", value=cursor) if cursor else None,
        )
        keys = await self._site.keys()
        return AccountPage(
            accounts=tuple(_contact(row, keys) for row in rows),
            next_cursor=rows[-1]["Customer"] if len(rows) >= limit else "",
        )

    def _own_code(self, keys: KeyRules, customer: Customer) -> str:
        if keys.customer_automatic:
            return ""
        plain_id = customer.id
        if plain_id and customer.currency != self._settings.local_currency:
            plain_id += customer.currency  # one account per currency
        return keys.own_customer(
            self._settings.customer_prefix,
            f"{customer.resource}:{customer.currency}",
            plain_id=plain_id,
        )

    def _documents(self, item: CustomerItem) -> tuple[str, str]:
        profile = self._settings.profile
        parameters = CustomerParameters(parameters=Parameters())
        return (
            rendered(parameters, BusinessObject.CUSTOMER, profile),
            rendered(Customers(item=item), BusinessObject.CUSTOMER, profile),
        )

    async def _accounts(self, *where: Condition) -> tuple[ErpCustomer, ...]:
        rows = await self._rows.select(
            "ArCustomer", _COLUMNS, where=where, order_by=("Customer",), limit=50
        )
        keys = await self._site.keys()
        return tuple(self._account(row, keys) for row in rows)

    def _account(self, row: Row, keys: KeyRules) -> ErpCustomer:
        return ErpCustomer(
            code=keys.shown_customer(row["Customer"]),
            name=row["Name"],
            email=row["Email"],
            postcode=row["SoldPostalCode"],
            currency=self._settings.iso_currency(row["Currency"]),
            on_hold=row["CustomerOnHold"] == "Y" or row["CreditStatus"] == _HELD_BY_HAND,
        )


def _contact(row: Row, keys: KeyRules) -> AccountContact:
    """Read an account; its sold-to address is in the places in which we write it."""
    return AccountContact(
        code=keys.shown_customer(row["Customer"]),
        name=row["Name"],
        contact=row["Contact"],
        email=row["Email"],
        phone=row["Telephone"],
        address=Address(
            street_1=row["SoldToAddr1"],
            street_2=row["SoldToAddr2"],
            city=row["SoldToAddr3"],
            state=row["SoldToAddr4"],
            country=row["SoldToAddr5"],
            postcode=row["SoldPostalCode"],
        ),
    )


def _item(
    customer: Customer, code: str, parts: Collection[AccountPart] = EVERY_PART
) -> CustomerItem:
    written: dict[str, str] = {}
    if AccountPart.NAME in parts:
        if not fitted(customer.name):
            raise Rejected(_NEEDS_A_NAME)
        written |= {"name": customer.name, "short_name": customer.name}
    if AccountPart.CONTACT in parts:
        written |= {"contact": customer.contact}
    if AccountPart.EMAIL in parts:
        email = customer.email.strip().lower()
        # Transliterated it could be somebody else's, and would be found as theirs.
        written |= {"email": email if fits(email) else ""}
    if AccountPart.PHONE in parts:
        written |= {"telephone": customer.phone}
    if AccountPart.ADDRESS in parts:
        written |= _places("sold", customer.billing) | _places("ship", customer.shipping)
    return CustomerItem.model_validate({"key": CustomerKey(customer=code), **written})


def _places(kind: str, address: Address) -> dict[str, str]:
    return {
        f"{kind}_1": address.street_1,
        f"{kind}_2": address.street_2,
        f"{kind}_3": address.city,
        f"{kind}_4": address.state,
        f"{kind}_5": _country(address),
        f"{kind}_postcode": address.postcode,
    }


def _country(address: Address) -> str:
    return address.country or address.country_code
