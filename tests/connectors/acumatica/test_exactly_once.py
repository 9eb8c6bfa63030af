"""Every outside call of a posting under every fault: in the end there is one of each."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from activities.posting import pay_once, post_once
from connectors.errors import OutcomeUnknown, Unavailable
from domain.document import DocumentKind
from sandbox.faults import Fault, FaultKind

FAULTS = [kind for kind in FaultKind if kind is not FaultKind.HOLD]
LATE_COMMIT_SECONDS = 0.2


async def persistently(do: Callable[[], Awaitable[Any]]) -> Any:
    """Try again as the workflows do, within a deadline."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await do()
            except OutcomeUnknown:
                await asyncio.sleep(LATE_COMMIT_SECONDS)
            except Unavailable:
                await asyncio.sleep(0.02)


def patched(site: Any, strategy: str) -> Any:
    site.stand_in.settings.long_operation_seconds = 0.1
    return site.connect(
        strategy=strategy,
        timeouts={"connect": 30, "read": 0.3, "write": 30},
        profile={"late_commit_seconds": LATE_COMMIT_SECONDS},
    )


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/identity/connect/token"),
        ("GET", "/Customer$"),
        ("GET", "/SalesOrder$"),
        ("GET", "/SalesOrder/"),
        ("PUT", "/SalesOrder$"),
        ("GET", "/Payment$"),
        ("PUT", "/Payment$"),
        ("POST", "/ReleasePayment$"),
        ("GET", "/ReleasePayment/status/"),
    ],
)
async def test_an_order_and_its_payment_are_there_once(
    site: Any, make: Any, fault: FaultKind, method: str, path: str
) -> None:
    erp = patched(site, "sales-order")
    site.stand_in.faults.add(Fault(kind=fault, method=method, path=path, seconds=0.1))
    tolerance = make.money("0.05")
    meant = make.document()
    order = await persistently(lambda: post_once(erp, meant, tolerance=tolerance, step="document"))
    payment = make.payment(document=order.ref)
    await persistently(lambda: pay_once(erp, payment, step="payment:1"))
    credit = make.document(
        "BC-100-R1", make.line("10.00"), kind=DocumentKind.CREDIT, against=order.ref
    )
    await persistently(lambda: post_once(erp, credit, tolerance=tolerance, step="refund:1"))
    await site.stand_in.faults.landed()
    books = site.stand_in.books
    assert len(books.orders) == 2
    assert [one.amount for one in books.payments] == [payment.amount.amount]
    assert not site.stand_in.faults.pending
    site.stand_in.audit()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/SalesInvoice$"),
        ("PUT", "/SalesInvoice$"),
        ("POST", "/ReleaseSalesInvoice$"),
        ("GET", "/ReleaseSalesInvoice/status/"),
    ],
)
async def test_an_invoice_is_there_once(
    site: Any, make: Any, fault: FaultKind, method: str, path: str
) -> None:
    erp = patched(site, "sales-invoice")
    site.stand_in.faults.add(Fault(kind=fault, method=method, path=path, seconds=0.1))
    meant = make.document()
    tolerance = make.money("0.05")
    await persistently(lambda: post_once(erp, meant, tolerance=tolerance, step="document"))
    await site.stand_in.faults.landed()
    [invoice] = site.stand_in.books.invoices
    assert invoice.total == meant.total.amount
    assert not site.stand_in.faults.pending
    site.stand_in.audit()
