"""Addresses and names in Acumatica's fields. Pure."""

from connectors.acumatica.entities import Address as WireAddress
from connectors.acumatica.entities import DocContact
from connectors.acumatica.settings import AcumaticaSettings
from connectors.acumatica.wire import of
from domain.order import Address


def cut(value: str, width: int) -> str:
    """Return one line of at most that many characters."""
    return " ".join(value.split())[:width].rstrip()


def wire_address(address: Address, settings: AcumaticaSettings) -> WireAddress:
    """Write an address; Acumatica checks Country, and State where a country's are listed."""
    return WireAddress(
        address_line1=of(cut(address.street_1, 50)),
        address_line2=of(cut(address.street_2, 50)),
        city=of(cut(address.city, 50)),
        state=of(cut(settings.states.get(address.state, address.state), 50)),
        postal_code=of(cut(address.postcode, 20)),
        country=of(address.country_code or cut(address.country, 100)),
    )


def document_contact(address: Address, email: str) -> DocContact:
    """Write whom a document's goods are for."""
    person = f"{address.first_name} {address.last_name}".strip()
    return DocContact(
        business_name=of(cut(address.name, 255)),
        attention=of(cut(person, 255)),
        email=of(cut(address.email or email, 255)),
        phone1=of(cut(address.phone, 50)),
    )
