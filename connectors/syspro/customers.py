"""Customers: looked up in ArCustomer, opened and kept up to date by ARSSCS."""

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
from connectors.syspro.find import Condition, Row, Rows, equals
from connectors.syspro.keys import KeyRules
from connectors.syspro.profile import BusinessObject
from connectors.syspro.settings import SysproSettings
from connectors.syspro.site import Site
from connectors.syspro.text import fits, fitted
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
_HELD_BY_HAND = "9"


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
            name=item.name,
            email=item.email,
            postcode=item.sold_postcode,
            currency=customer.currency,
        )

    async def update(self, code: str, customer: Customer) -> None:
        """Bring name, contact and addresses up to date; codes and terms stay as they are.

        Raises:
            Rejected: SYSPRO refuses it, with its words.
            OutcomeUnknown: it may have been applied; repeating it is harmless.
        """
        shown = (await self._site.keys()).shown_customer(code)
        item = _item(customer, shown)
        await self._client.setup("Update", BusinessObject.CUSTOMER, *self._documents(item))

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


def _item(customer: Customer, code: str) -> CustomerItem:
    if not fitted(customer.name):
        raise Rejected("SYSPRO needs a name for a customer, and the store has none.")
    sold, ship = customer.billing, customer.shipping
    email = customer.email.strip().lower()
    return CustomerItem(
        key=CustomerKey(customer=code),
        name=customer.name,
        short_name=customer.name,
        telephone=customer.phone,
        contact=customer.contact,
        # Transliterated it could be somebody else's, and would be found as theirs.
        email=email if fits(email) else "",
        sold_1=sold.street_1,
        sold_2=sold.street_2,
        sold_3=sold.city,
        sold_4=sold.state,
        sold_5=_country(sold),
        sold_postcode=sold.postcode,
        ship_1=ship.street_1,
        ship_2=ship.street_2,
        ship_3=ship.city,
        ship_4=ship.state,
        ship_5=_country(ship),
        ship_postcode=ship.postcode,
    )


def _country(address: Address) -> str:
    return address.country or address.country_code
