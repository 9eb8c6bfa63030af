"""Registered customers and their address books (v3): reading them, and changing their fields."""

from collections.abc import Mapping

from connectors.bigcommerce.answers import parsed, parsed_rows
from connectors.bigcommerce.client import LARGEST_PAGE, BigCommerceClient
from connectors.bigcommerce.wire_customers import WireCustomer, WireCustomerAddress
from connectors.errors import Conflict, NotFound, Rejected
from domain.contacts import ContactChange
from domain.order import Address

_CUSTOMERS = "/v3/customers"
_ADDRESSES = "/v3/customers/addresses"
# Source: `customer_Put` and `address_Put` in customers.v3.yml.
_SHORTEST = {"first_name": 1, "last_name": 1, "email": 3}
_LONGEST = {"first_name": 100, "last_name": 100, "company": 255, "email": 250, "phone": 50}
_LONGEST_OF_PLACE = {"city": 100, "state_or_province": 100, "postal_code": 30}


class Customers:
    """One store's registered customers."""

    def __init__(self, client: BigCommerceClient) -> None:
        self._client = client

    async def read(self, customer_id: str) -> WireCustomer:
        """Read a customer with their address book.

        Raises:
            NotFound: the store knows no such customer.
        """
        if not (customer_id.isascii() and customer_id.isdigit()):
            raise NotFound(f"'{customer_id}' is no BigCommerce customer id.")
        operation = f"customer {customer_id}"
        params = {"id:in": customer_id, "include": "addresses"}
        rows = await self._client.v3_list(_CUSTOMERS, operation=operation, params=params)
        if not rows:  # an unknown id is an empty list, not a 404
            raise NotFound(f"BigCommerce knows no customer {customer_id}.")
        customer = parsed(WireCustomer, rows[0], operation=operation)
        if customer.address_count > len(customer.addresses):
            # Included addresses stop at ten, and which ten is not documented.
            book = await self._address_book(customer_id)
            customer = customer.model_copy(update={"addresses": book})
        return customer

    async def update(self, customer_id: str, change: ContactChange) -> None:
        """Change fields of a customer, and the entry of their address book that stands for all.

        Raises as the contract says.
        """
        fields = change.model_dump(exclude={"address"}, exclude_none=True)
        place = change.address
        entry = await self._entry(customer_id, place) if place is not None else {}
        _fitting(fields, entry)
        if fields:
            await self._write(customer_id, fields)
        if place is not None:
            operation = f"an address of customer {customer_id}"
            if place.id:
                await self._client.put(_ADDRESSES, [entry], operation=operation)
            else:
                await self._client.post(_ADDRESSES, [entry], operation=operation)

    async def _write(self, customer_id: str, fields: Mapping[str, object]) -> None:
        body = [{"id": int(customer_id), **fields}]
        try:
            await self._client.put(_CUSTOMERS, body, operation=f"customer {customer_id}")
        except (Rejected, Conflict):
            # Its words for a taken address are nowhere promised, so that is looked up.
            taken_by = await self._others_with(str(fields.get("email", "")), customer_id)
            if not taken_by:
                raise
            raise Conflict(
                f"The e-mail address that the ERP has for customer {customer_id} is that of "
                f"customer {taken_by} in BigCommerce.",
                remedy="Correct it in the ERP, or free it in the store; then retry.",
            ) from None

    async def _others_with(self, email: str, customer_id: str) -> str:
        if not email:
            return ""
        params = {"email:in": email}
        rows = await self._client.v3_list(_CUSTOMERS, operation="customers", params=params)
        others = [one.id for one in parsed_rows(WireCustomer, rows, operation="customers")]
        return next((str(one) for one in others if str(one) != customer_id), "")

    async def _entry(self, customer_id: str, place: Address) -> dict[str, object]:
        """Write an entry as v3 names its fields; a new one needs a name as well."""
        if len(place.country_code) != 2:
            raise Rejected(
                f"The ERP's address of customer {customer_id} names no country that BigCommerce "
                "knows: it takes ISO codes of two letters.",
                remedy="Write the country in the ERP as its code, e.g. US; then retry.",
            )
        entry: dict[str, object] = {
            "address1": place.street_1,
            "address2": place.street_2,
            "city": place.city,
            "state_or_province": place.state,
            "postal_code": place.postcode,
            "country_code": place.country_code.upper(),
        }
        if place.id:
            return {"id": int(place.id), **entry}
        customer = await self.read(customer_id)
        names = {"first_name": customer.first_name, "last_name": customer.last_name}
        return {"customer_id": customer.id, **names, **entry}

    async def _address_book(self, customer_id: str) -> tuple[WireCustomerAddress, ...]:
        operation = f"the addresses of customer {customer_id}"
        params = {"customer_id:in": customer_id, "limit": str(LARGEST_PAGE)}
        rows = await self._client.v3_list(_ADDRESSES, operation=operation, params=params)
        return parsed_rows(WireCustomerAddress, rows, operation=operation)


def _fitting(fields: Mapping[str, object], entry: Mapping[str, object]) -> None:
    """Refuse what the platform would refuse, in a sentence that says which field it is.

    Raises:
        Rejected: a value is too long or too short.
    """
    longest = {**_LONGEST, **_LONGEST_OF_PLACE}
    for name, value in {**entry, **fields}.items():
        length = len(str(value))
        most, least = longest.get(name, length), _SHORTEST.get(name, 0)
        if least <= length <= most:
            continue
        what = name.replace("_", " ")
        why = f"has {length} characters" if length else "is empty"
        limit = f"at most {most}" if length > most else f"at least {least}"
        raise Rejected(
            f"The ERP's {what} {why}; BigCommerce takes {limit}.",
            remedy="Correct it in the ERP, or let the store own the field; then retry.",
        )
