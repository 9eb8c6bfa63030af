"""The documentation's own customer as the domain sees it."""

import json

from connectors.bigcommerce.translate import to_customer
from connectors.bigcommerce.wire_customers import WireCustomer

CUSTOMER = json.loads(
    """{"id":1,"email":"jane.smith@example.com","first_name":"Jane","last_name":"Smith",
    "company":"Acme Corp","phone":"555-123-4567","customer_group_id":0,
    "addresses":[{"first_name":"Jane","address1":"Addr1","city":"Austin",
    "state_or_province":"Texas","postal_code":"78108","country_code":"US",
    "address_type":"residential"}],"store_credit_amounts":[{"amount":43}],"channel_ids":[1]}"""
)


def test_the_documented_customer_translates_with_the_names_of_v3() -> None:
    customer = to_customer(WireCustomer.model_validate(CUSTOMER), currency="USD")
    assert (customer.name, customer.contact) == ("Acme Corp", "Jane Smith")
    assert (customer.billing.street_1, customer.billing.postcode) == ("Addr1", "78108")
    assert customer.billing.email == "jane.smith@example.com"
