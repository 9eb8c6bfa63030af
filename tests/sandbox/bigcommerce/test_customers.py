from typing import Any

import pytest

from sandbox.bigcommerce.drafts import AddressDraft, CustomerDraft
from tests.sandbox.bigcommerce.conftest import Shop

ADA = CustomerDraft(
    email="ada@example.com",
    first_name="Ada",
    last_name="Byron",
    addresses=(AddressDraft(), AddressDraft(street_1="9 Mill Ln")),
)


@pytest.fixture
def ada(shop: Shop) -> int:
    return shop.store.add_customer(ADA)


async def put(shop: Shop, path: str, *rows: dict[str, Any]) -> Any:
    return await shop.http.put(f"/v3/customers{path}", json=list(rows))


async def test_a_change_is_partial_moves_the_time_and_says_so(shop: Shop, ada: int) -> None:
    shop.clock.advance(minutes=5)
    answer = await put(shop, "", {"id": ada, "phone": "2"})
    assert answer.status_code == 200
    customer = shop.store.customers[ada]
    assert (customer.phone, customer.email) == ("2", ADA.email)
    assert customer.modified == shop.clock.now
    assert answer.json()["data"][0]["phone"] == "2"


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"first_name": ""}, "first_name"),
        ({"company": "x" * 256}, "company"),
        ({"phone": 5}, "phone"),
        ({"id": 99}, "id"),
    ],
    ids=["too short", "too long", "no text", "nobody"],
)
async def test_what_does_not_fit_refuses_the_whole_batch(
    shop: Shop, ada: int, row: dict[str, Any], field: str
) -> None:
    answer = await put(shop, "", {"id": ada, "last_name": "King"}, {"id": ada, **row})
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [f".customer_update.{field}"]
    assert shop.store.customers[ada].last_name == "Byron"


async def test_an_email_is_one_customer_s(shop: Shop, ada: int) -> None:
    other = shop.store.add_customer(ADA.model_copy(update={"email": "other@example.com"}))
    assert (await put(shop, "", {"id": other, "email": "ADA@example.com"})).status_code == 422
    assert (await put(shop, "", {"id": ada, "email": "ADA@example.com"})).status_code == 200


async def test_more_than_ten_are_too_many(shop: Shop, ada: int) -> None:
    assert (await put(shop, "", *[{"id": ada, "phone": "1"}] * 11)).status_code == 413


async def test_an_address_that_would_be_there_twice_is_missing_from_the_answer(
    shop: Shop, ada: int
) -> None:
    first, second = shop.store.customers[ada].addresses
    answer = await put(shop, "/addresses", {"id": first.id, "address1": "9 Mill Ln"})
    assert (answer.status_code, answer.json()["data"]) == (200, [])
    assert first.address.street_1 == ADA.addresses[0].street_1
    answer = await put(shop, "/addresses", {"id": second.id, "address1": "8 Mill Ln"})
    assert [row["id"] for row in answer.json()["data"]] == [second.id]


async def test_a_new_address_needs_every_required_field(shop: Shop, ada: int) -> None:
    answer = await shop.http.post("/v3/customers/addresses", json=[{"customer_id": ada}])
    assert answer.status_code == 422
