"""Reads an order: its head, and the resources that its parts are kept in."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

from connectors.bigcommerce.answers import parsed, parsed_rows
from connectors.bigcommerce.client import LARGEST_PAGE, BigCommerceClient
from connectors.bigcommerce.pricing import OrderParts
from connectors.bigcommerce.translate import to_order
from connectors.bigcommerce.wire import (
    WireCoupon,
    WireLine,
    WireOrder,
    WireRefund,
    WireShippingAddress,
    WireTransaction,
)
from connectors.errors import NotFound
from domain.order import Order

_T = TypeVar("_T")


class Orders:
    """The orders of one store. `test_payments`: count those of a gateway's test mode."""

    def __init__(self, client: BigCommerceClient, *, test_payments: bool) -> None:
        self._client = client
        self._test_payments = test_payments

    async def head(self, order_id: str) -> WireOrder:
        """Read the order itself with its fees. Lines can be included too, but stop at fifty.

        Raises:
            NotFound: there is no such order, or not yet.
        """
        if not (order_id.isascii() and order_id.isdigit()):
            raise NotFound(f"'{order_id}' is no BigCommerce order id.")
        operation = f"order {order_id}"
        answer = await self._client.get(
            f"/v2/orders/{order_id}", operation=operation, params={"include": "fees"}
        )
        return parsed(WireOrder, answer, operation=operation)

    async def read(self, order_id: str) -> Order:
        """Read an order with all its parts. As `head`."""
        head = await self.head(order_id)
        lines, addresses, coupons, transactions, refunds = await _together(
            self._v2(head, "products"),
            self._v2(head, "shipping_addresses", wanted=head.shipping_address_count > 0),
            self._v2(head, "coupons", wanted=bool(head.coupon_discount)),
            # Its paging is not described, hence as much as possible at once.
            self._v3(head, "transactions", limit=str(LARGEST_PAGE)),
            self._v3(head, "payment_actions/refunds"),
        )
        named = f"of order {head.id}"
        return to_order(
            OrderParts(
                head=head,
                lines=parsed_rows(WireLine, lines, operation=f"products {named}"),
                addresses=parsed_rows(
                    WireShippingAddress, addresses, operation=f"shipping_addresses {named}"
                ),
                coupons=parsed_rows(WireCoupon, coupons, operation=f"coupons {named}"),
            ),
            transactions=parsed_rows(
                WireTransaction, transactions, operation=f"transactions {named}"
            ),
            refunds=parsed_rows(WireRefund, refunds, operation=f"refunds {named}"),
            test_payments=self._test_payments,
        )

    async def _v2(self, head: WireOrder, part: str, *, wanted: bool = True) -> list[object]:
        if not wanted:
            return []
        path = f"/v2/orders/{head.id}/{part}"
        return await self._client.v2_list(path, operation=f"{part} of order {head.id}")

    async def _v3(self, head: WireOrder, part: str, **params: str) -> list[object]:
        path = f"/v3/orders/{head.id}/{part}"
        return await self._client.v3_list(
            path, operation=f"{part} of order {head.id}", params=params
        )


async def _together(*calls: Coroutine[object, object, _T]) -> list[_T]:
    """Run the calls side by side; the first failure ends the others."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(call) for call in calls]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]
