"""Customers (AR303000): looked up by e-mail or name, opened, and kept up to date."""

import hashlib
from collections.abc import Sequence

from connectors.acumatica.client import AcumaticaClient
from connectors.acumatica.entities import Contact
from connectors.acumatica.entities import Customer as WireCustomer
from connectors.acumatica.keys import asked_for, same_code
from connectors.acumatica.parties import cut, wire_address
from connectors.acumatica.query import Wanted, equals
from connectors.acumatica.settings import AcumaticaSettings
from connectors.acumatica.wire import given, of, text
from connectors.errors import OutcomeUnknown, Rejected
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
_WRITTEN = Wanted(select=("CustomerID", "CurrencyID"))


class CustomerAccounts:
    """The customers of one tenant."""

    def __init__(self, settings: AcumaticaSettings, client: AcumaticaClient) -> None:
        self._settings = settings
        self._client = client

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

    async def update(self, code: str, customer: Customer) -> None:
        """Bring name, contact and addresses up to date; classes and terms stay as they are.

        Raises:
            Conflict: there is no such account.
            Rejected: Acumatica refuses it, with its words.
            OutcomeUnknown: it may have been applied; repeating it is harmless.
        """
        account = self._written(customer).model_copy(update={"customer_id": of(code)})
        await self._client.put(account, _WRITTEN, mode="update")

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

    def _written(self, customer: Customer) -> WireCustomer:
        name = cut(customer.name, _NAME)
        if not name:
            raise Rejected("Acumatica needs a name for a customer, and the store has none.")
        return WireCustomer(
            customer_name=of(name),
            main_contact=self._contact(customer, customer.billing),
            shipping_contact_override=of(True),
            shipping_address_override=of(True),
            shipping_contact=self._contact(customer, customer.shipping),
        )

    def _contact(self, customer: Customer, address: Address) -> Contact:
        return Contact(
            email=of(cut(customer.email.strip().lower(), _EMAIL)),
            phone1=of(cut(address.phone or customer.phone, _PHONE)),
            attention=of(cut(customer.contact, _NAME)),
            full_name=of(cut(address.name or customer.name, _NAME)),
            address=wire_address(address, self._settings),
        )
