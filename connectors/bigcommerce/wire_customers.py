"""BigCommerce's customers as they come (v3)."""

from typing import Annotated

from connectors.bigcommerce.fields import Entries, Id, PerhapsMoment, Text
from connectors.bigcommerce.wire import Wire


class WireCustomerAddress(Wire):
    """An entry of a customer's address book, with v3's field names."""

    id: Id = 0
    first_name: Text = ""
    last_name: Text = ""
    company: Text = ""
    address1: Text = ""
    address2: Text = ""
    city: Text = ""
    state_or_province: Text = ""
    postal_code: Text = ""
    country: Text = ""
    country_code: Text = ""
    phone: Text = ""


class WireCustomer(Wire):
    """A registered customer (v3)."""

    id: int
    email: Text = ""
    first_name: Text = ""
    last_name: Text = ""
    company: Text = ""
    phone: Text = ""
    date_modified: PerhapsMoment = None
    address_count: Id = 0
    addresses: Annotated[tuple[WireCustomerAddress, ...], Entries] = ()
