"""Customers (AR303000): looked up by e-mail or name, opened, and kept up to date."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from connectors.acumatica.client import AcumaticaClient
from connectors.acumatica.entities import Address as WireAddress
from connectors.acumatica.entities import Contact
from connectors.acumatica.entities import Customer as WireCustomer
from connectors.acumatica.keys import asked_for, same_code
from connectors.acumatica.parties import cut, wire_address
from connectors.acumatica.query import Wanted, equals, since_when
from connectors.acumatica.settings import AcumaticaSettings
from connectors.acumatica.sweep import Sweep
from connectors.acumatica.wire import given, of, text
from connectors.errors import OutcomeUnknown, Rejected
from domain.contacts import EVERY_PART, AccountContact, AccountPage, AccountPart
from domain.customer import Customer, ErpCustomer
from domain.order import Address

_NAME, _EMAIL, _PHONE = 255, 255, 50
_FOUND = Wanted(
    select=(
        "CustomerID",
        "CustomerName",
        "Status",
        "CurrencyID",
        "EnableCurrencyOverride",
        "MainContact/Email",
        "MainContact/Address/PostalCode",
    ),
    expand=("MainContact", "MainContact/Address"),
)
_CONTACTS = Wanted(
    select=(
        "CustomerID",
        "CustomerName",
        "LastModifiedDateTime",
        "MainContact/Email",
        "MainContact/Phone1",
        "MainContact/Attention",
        "MainContact/Address/AddressLine1",
        "MainContact/Address/AddressLine2",
        "MainContact/Address/City",
        "MainContact/Address/State",
        "MainContact/Address/PostalCode",
        "MainContact/Address/Country",
    ),
    expand=("MainContact", "MainContact/Address"),
)
_WRITTEN = Wanted(select=("CustomerID", "CurrencyID"))


class CustomerAccounts:
    """The customers of one tenant."""

    def __init__(self, settings: AcumaticaSettings, client: AcumaticaClient) -> None:
        self._settings = settings
        self._client = client
        self._changed: Sweep[WireCustomer] = Sweep(
            page_size=settings.profile.page_size,
            good_for=timedelta(seconds=settings.profile.sweep_seconds),
        )

    async def find(self, customer: Customer) -> tuple[ErpCustomer, ...]:
        """Return the accounts that take the customer's currency, by e-mail, else name and postcode.

        Neither is unique in Acumatica, so there may be several.
        """
        found: tuple[ErpCustomer, ...] = ()
        for email in dict.fromkeys((customer.email.strip(), customer.email.strip().lower())):
            if email and not found:
                rows = await self._rows(equals("MainContact/Email", email))
                asked_for(rows, email, lambda row: (row.main_contact or Contact()).email)
                found = self._taking(rows, customer.currency)
        name, postcode = cut(customer.name, _NAME), cut(customer.billing.postcode, 20)
        if not found and name and postcode:
            rows = await self._rows(equals("CustomerName", name))
            named = self._taking(
                asked_for(rows, name, lambda row: row.customer_name), customer.currency
            )
            found = tuple(one for one in named if same_code(one.postcode, postcode))
        return found

    async def by_code(self, code: str, *, currency: str = "") -> ErpCustomer | None:
        """Return the account with that code; its currency is the one asked for, if it takes any.

        Asked as a list: some builds answer a key that is not there with a 500.
        """
        rows = await self._rows(equals("CustomerID", code))
        asked_for(rows, code, lambda row: row.customer_id)
        return self._account(rows[0], currency) if rows else None

    async def create(self, customer: Customer) -> ErpCustomer:
        """Open an account, numbered by Acumatica or by us.

        Raises:
            Rejected: Acumatica refuses it, with its words.
            Conflict: the code that we would give is taken.
            OutcomeUnknown: it may have been opened.
        """
        settings = self._settings
        opening = {
            "customer_id": given(self._own_code(customer)),
            "customer_class": given(settings.customer_class),
            "currency_id": of(customer.currency),
            "account_ref": of(customer.resource),
        }
        account = self._written(customer).model_copy(update=opening)
        mode = "create" if settings.customer_prefix else "upsert"
        answer = await self._client.put(account, _WRITTEN, mode=mode)
        code = text(answer.customer_id)
        if not code:
            raise OutcomeUnknown("Acumatica opened a customer without naming its code.")
        return ErpCustomer(
            code=code,
            name=text(account.customer_name),
            email=customer.email.strip().lower(),
            postcode=customer.billing.postcode,
            currency=text(answer.currency_id) or customer.currency,
        )

    async def update(
        self, code: str, customer: Customer, parts: Collection[AccountPart] = EVERY_PART
    ) -> None:
        """Bring some parts up to date; classes and terms stay as they are.

        Raises:
            Conflict: there is no such account.
            Rejected: Acumatica refuses it, with its words.
            OutcomeUnknown: it may have been applied; repeating it is harmless.
        """
        account = self._written(customer, parts).model_copy(update={"customer_id": of(code)})
        await self._client.put(account, _WRITTEN, mode="update")

    async def contact(self, code: str) -> AccountContact | None:
        """Read how an account is called and reached."""
        rows = await self._client.rows(WireCustomer, _CONTACTS, where=equals("CustomerID", code))
        asked_for(rows, code, lambda row: row.customer_id)
        return self._contact_of(rows[0]) if rows else None

    def as_kept(self, customer: Customer) -> AccountContact:
        """Return what AR303000 would show of a customer."""
        return self._contact_of(self._written(customer))

    async def changed(self, since: datetime | None, *, cursor: str) -> AccountPage:
        """List the accounts by their time of change, a page at a time.

        Raises:
            Unavailable: no answer.
        """

        async def read() -> Mapping[str, WireCustomer]:
            where = since_when("LastModifiedDateTime", since) if since else ""
            rows = await self._client.rows(WireCustomer, _CONTACTS, where=where)
            return {text(row.customer_id): row for row in rows}

        page = await self._changed.page(since, cursor, read)
        moments = [row.last_modified_date_time for row in page.rows]
        times = [one.value for one in moments if one is not None and one.value is not None]
        return AccountPage(
            accounts=tuple(self._contact_of(row) for row in page.rows),
            next_cursor=page.next_cursor,
            seen_until=max((one for one in times if one.tzinfo is not None), default=None),
        )

    def _own_code(self, customer: Customer) -> str:
        prefix = self._settings.customer_prefix
        if not prefix:
            return ""
        if customer.id and customer.currency == self._settings.local_currency:
            return f"{prefix}{customer.id}".upper()
        who = f"{customer.resource}:{customer.currency}"
        return f"{prefix}{hashlib.sha256(who.encode()).hexdigest()[:8]}".upper()

    async def _rows(self, where: str) -> tuple[WireCustomer, ...]:
        return await self._client.rows(WireCustomer, _FOUND, where=where, top=50)

    def _taking(self, rows: Sequence[WireCustomer], currency: str) -> tuple[ErpCustomer, ...]:
        accounts = [self._account(row, currency) for row in rows]
        return tuple(one for one in accounts if one.currency == currency)

    def _account(self, row: WireCustomer, currency: str) -> ErpCustomer:
        contact = row.main_contact or Contact()
        any_currency = row.enable_currency_override is not None and (
            row.enable_currency_override.value is True
        )
        own = text(row.currency_id) or self._settings.local_currency
        return ErpCustomer(
            code=text(row.customer_id),
            name=text(row.customer_name),
            email=text(contact.email),
            postcode=text(contact.address.postal_code) if contact.address else "",
            currency=currency if currency and any_currency else own,
            on_hold=text(row.status) in self._settings.profile.held_customer_statuses,
        )

    def _written(
        self, customer: Customer, parts: Collection[AccountPart] = EVERY_PART
    ) -> WireCustomer:
        main = self._contact(customer, customer.billing, parts)
        if AccountPart.NAME in parts:
            name = cut(customer.name, _NAME)
            if not name:
                raise Rejected("Acumatica needs a name for a customer, and the store has none.")
            account = WireCustomer(customer_name=of(name), main_contact=main)
        else:
            account = WireCustomer(main_contact=main)
        shipping = self._contact(customer, customer.shipping, parts)
        return account.model_copy(
            update={
                "shipping_contact_override": of(True),
                "shipping_address_override": of(True),
                "shipping_contact": shipping,
            }
        )

    def _contact(
        self, customer: Customer, address: Address, parts: Collection[AccountPart]
    ) -> Contact:
        # The main contact is reached by the customer's own number, a ship-to by its address's.
        own = customer.phone if address == customer.billing else ""
        phone = own or address.phone or customer.phone
        written = {
            AccountPart.EMAIL: {"email": of(cut(customer.email.strip().lower(), _EMAIL))},
            AccountPart.PHONE: {"phone1": of(cut(phone, _PHONE))},
            AccountPart.CONTACT: {"attention": of(cut(customer.contact, _NAME))},
            AccountPart.NAME: {"full_name": of(cut(address.name or customer.name, _NAME))},
            AccountPart.ADDRESS: {"address": wire_address(address, self._settings)},
        }
        return Contact.model_validate(
            {name: value for part in parts for name, value in written[part].items()}
        )

    def _contact_of(self, row: WireCustomer) -> AccountContact:
        main = row.main_contact or Contact()
        where = main.address or WireAddress()
        return AccountContact(
            code=text(row.customer_id),
            name=text(row.customer_name),
            contact=text(main.attention),
            email=text(main.email),
            phone=text(main.phone1),
            address=Address(
                street_1=text(where.address_line1),
                street_2=text(where.address_line2),
                city=text(where.city),
                state=self._state(text(where.state)),
                postcode=text(where.postal_code),
                country_code=text(where.country),
            ),
        )

    def _state(self, code: str) -> str:
        """Return a state's full name, which stores want, where the settings have one."""
        names = (name for name, known in self._settings.states.items() if known == code)
        return next(names, code)
