"""The v3 endpoints of customers and their addresses, as far as they are read."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from sandbox.bigcommerce.asking import included, listed, moment, paging
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

    return router


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
