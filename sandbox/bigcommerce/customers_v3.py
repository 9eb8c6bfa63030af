"""The v3 endpoints of customers and their addresses: listed, and changed in batches."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from sandbox.bigcommerce.asking import included, json_array, listed, moment, paging
from sandbox.bigcommerce.drafts import AddressDraft
from sandbox.bigcommerce.records import Customer
from sandbox.bigcommerce.refusals import Refused, json_answer
from sandbox.bigcommerce.store import Store
from sandbox.bigcommerce.wire_v3 import address_v3, customer_v3, page_v3


def customers_v3(store: Store) -> APIRouter:
    """Routes over one store."""
    router = APIRouter(prefix="/stores/{store_hash}/v3/customers")

    @router.get("")
    async def list_customers(request: Request) -> Response:
        page, limit = paging(request)
        include = included(request)
        found = _sorted(request, _filtered(request, list(store.customers.values())))
        shown, meta = page_v3(found, page=page, limit=limit)
        return json_answer({"data": [customer_v3(one, include) for one in shown], "meta": meta})

    @router.get("/addresses")
    async def list_addresses(request: Request) -> Response:
        page, limit = paging(request)
        owners, ids = listed(request, "customer_id:in"), listed(request, "id:in")
        found = [
            address_v3(entry)
            for customer in store.customers.values()
            for entry in customer.addresses
            if (owners is None or str(entry.customer_id) in owners)
            and (ids is None or str(entry.id) in ids)
        ]
        shown, meta = page_v3(found, page=page, limit=limit)
        return json_answer({"data": shown, "meta": meta})

    _add_updates(router, store)
    return router


_MOST = 10
# Lengths of `customer_Put`, `address_Put` and `address_Post` in the platform's own description.
_CUSTOMER = {
    "email": (3, 255),
    "first_name": (1, 100),
    "last_name": (1, 100),
    "company": (0, 255),
    "phone": (0, 50),
    "notes": (0, None),
    "tax_exempt_category": (0, 255),
}
_ADDRESS = {
    "first_name": (1, 255),
    "last_name": (1, 255),
    "company": (0, 255),
    "address1": (0, None),
    "address2": (0, None),
    "city": (0, 100),
    "state_or_province": (0, 100),
    "postal_code": (0, 30),
    "country_code": (2, 2),
    "phone": (0, 50),
}
_NEEDED = [
    "customer_id",
    "first_name",
    "last_name",
    "address1",
    "city",
    "state_or_province",
    "postal_code",
    "country_code",
]
_V2_NAMES = {
    "address1": "street_1",
    "address2": "street_2",
    "state_or_province": "state",
    "postal_code": "zip",
    "country_code": "country_iso2",
}


def _add_updates(router: APIRouter, store: Store) -> None:
    @router.put("")
    async def update_customers(request: Request) -> Response:
        sent = await _batch(request)
        for one in sent:
            _known_customer(store, one.get("id"), ".customer_update")
            _checked(one, _CUSTOMER, ".customer_update")
            store.directory.check_email(one["id"], one.get("email"))
        for one in sent:
            changes = {name: one[name] for name in _CUSTOMER if name in one}
            store.update_customer(one["id"], **changes)
        store.directory.writes.append(len(sent))
        rows = [customer_v3(store.customers[one["id"]], frozenset()) for one in sent]
        return json_answer({"data": rows, "meta": {}})

    @router.put("/addresses")
    async def update_addresses(request: Request) -> Response:
        sent = await _batch(request)
        for one in sent:
            if store.directory.entry(one.get("id")) is None:
                raise _invalid(".address_update", "id", "Address does not exist.")
            _checked(one, _ADDRESS, ".address_update")
        kept = [store.directory.change_address(one["id"], _draft_fields(one)) for one in sent]
        store.directory.writes.append(len(sent))
        # One that became the same as another is simply missing from the answer (card, section 5).
        return json_answer({"data": [address_v3(one) for one in kept if one], "meta": {}})

    @router.post("/addresses")
    async def create_addresses(request: Request) -> Response:
        sent = await _batch(request)
        for one in sent:
            for name in _NEEDED:
                if name not in one:
                    raise _invalid(".address_create", name, "error.path.missing")
            _known_customer(store, one["customer_id"], ".address_create")
            _checked(one, _ADDRESS, ".address_create")
        drafts = [AddressDraft(**_BLANK | _draft_fields(one)) for one in sent]
        kept = [
            store.directory.new_address(one["customer_id"], draft)
            for one, draft in zip(sent, drafts, strict=True)
        ]
        store.directory.writes.append(len(sent))
        return json_answer({"data": [address_v3(one) for one in kept if one], "meta": {}})


_BLANK = {name: "" for name in AddressDraft.model_fields}


async def _batch(request: Request) -> list[dict[str, Any]]:
    sent = await json_array(request)
    if len(sent) > _MOST:
        raise Refused(
            413,
            "The request payload is too large. The maximum number of items allowed in the array "
            f"is {_MOST}.",
        )
    return sent


def _known_customer(store: Store, customer_id: Any, where: str) -> None:
    if isinstance(customer_id, bool) or customer_id not in store.customers:
        raise _invalid(where, "id", "Customer does not exist.")


def _checked(sent: dict[str, Any], fields: dict[str, tuple[int, int | None]], where: str) -> None:
    for name, (least, most) in fields.items():
        value = sent.get(name, "-" * least)
        if not isinstance(value, str):
            raise _invalid(where, name, "error.expected.string")
        if len(value) < least or (most is not None and len(value) > most):
            raise _invalid(where, name, f"{name} must be {least} to {most} characters long.")


def _invalid(where: str, name: str, why: str) -> Refused:
    return Refused(422, f"{name} is invalid.", errors={f"{where}.{name}": why})


def _draft_fields(sent: dict[str, Any]) -> dict[str, Any]:
    return {_V2_NAMES.get(name, name): sent[name] for name in _ADDRESS if name in sent}


def _filtered(request: Request, customers: list[Customer]) -> list[Customer]:
    ids, emails = listed(request, "id:in"), listed(request, "email:in")
    wanted = None if emails is None else {email.lower() for email in emails}
    bounds = {
        name: moment(request, name)
        for name in (
            "date_created:min",
            "date_created:max",
            "date_modified:min",
            "date_modified:max",
        )
    }

    def within(customer: Customer) -> bool:
        for name, bound in bounds.items():
            value = customer.created if name.startswith("date_created") else customer.modified
            if bound is not None and (value < bound if name.endswith("min") else value > bound):
                return False
        return True

    return [
        customer
        for customer in customers
        if (ids is None or str(customer.id) in ids)
        and (wanted is None or customer.email.lower() in wanted)
        and within(customer)
    ]


def _sorted(request: Request, customers: list[Customer]) -> list[Customer]:
    name, _, direction = request.query_params.get("sort", "id:asc").partition(":")
    keys: dict[str, Any] = {
        "id": lambda c: c.id,
        "date_created": lambda c: c.created,
        "date_modified": lambda c: c.modified,
        "last_name": lambda c: c.last_name,
    }
    if name not in keys:
        raise Refused(422, "The sort is invalid.", errors={"sort": "error.expected.enum"})
    return sorted(customers, key=keys[name], reverse=direction == "desc")
