"""Orders and customers, read from a served store."""

from collections.abc import Callable
from decimal import Decimal

import httpx
import pytest

from connectors.errors import NotFound, Unavailable
from domain.order import ChargeKind, Order, Tender, conservation
from sandbox.bigcommerce.drafts import (
    AddressDraft,
    CouponDraft,
    CustomerDraft,
    FeeDraft,
    OrderDraft,
    OrderEdit,
    PaymentDraft,
    RefundDraft,
    RefundItemDraft,
    ShippingDraft,
)
from sandbox.faults import FaultKind
from sandbox.shopper import shopping
from tests.connectors.bigcommerce.conftest import Shop, a_line, an_order

JANE = CustomerDraft(
    email="jane@example.com", first_name="Jane", last_name="Doe", store_credit=Decimal(50)
)


def kinds(order: Order) -> dict[str, Decimal]:
    return {f"{c.kind}:{c.id}": c.amount.amount for c in order.charges}


async def test_every_order_of_a_busy_store_conserves(either_shop: Shop) -> None:
    shop = either_shop
    for draft in shopping(3, 25):
        order_id = shop.store.place_order(draft)
        for action in draft.afterwards:
            shop.store.act(order_id, action)
        order = await shop.connector.order(str(order_id))
        assert conservation(order) is None
        assert order.total.amount == shop.store.order(order_id).prices.total.inc


async def test_more_than_fifty_lines_are_read_whole(shop: Shop) -> None:
    order = await shop.order(an_order(*(a_line() for _ in range(57))))
    assert len(order.lines) == 57
    assert len({line.id for line in order.lines}) == 57


async def test_more_lines_than_one_page_holds_are_read_whole(shop: Shop) -> None:
    order = await shop.order(an_order(*(a_line() for _ in range(251))))
    assert len({line.id for line in order.lines}) == 251


async def test_a_digital_order_without_an_address_is_read(shop: Shop) -> None:
    order = await shop.order(an_order(a_line("EBOOK-BREW", "8.00", type="digital"), shipping=()))
    assert order.shipping == ()
    assert conservation(order) is None


async def test_parts_that_cannot_be_there_are_not_asked_for(shop: Shop) -> None:
    await shop.order(an_order(a_line("EBOOK-BREW", "8.00", type="digital"), shipping=()))
    paths = [path for _, path, _ in shop.asked]
    assert not any(path.endswith(("coupons", "shipping_addresses", "fees")) for path in paths)
    assert len(paths) == 4


async def test_shipping_and_handling_are_charged_per_address_and_fees_each(shop: Shop) -> None:
    order = await shop.order(
        an_order(
            a_line(wrapping=Decimal("2.00")),
            shipping=(
                ShippingDraft(cost=Decimal("4.00"), handling=Decimal("1.00")),
                ShippingDraft(cost=Decimal("5.00")),
            ),
            fees=(FeeDraft(name="Insurance", cost=Decimal("2.50")),),
        )
    )
    first, second = (address.id for address in order.shipping)
    (fee,) = (charge.id for charge in order.charges if charge.kind is ChargeKind.FEE)
    assert kinds(order) == {
        f"shipping:{first}": Decimal("4.00"),
        f"shipping:{second}": Decimal("5.00"),
        f"handling:{first}": Decimal("1.00"),
        "wrapping:": Decimal("2.00"),
        f"fee:{fee}": Decimal("2.50"),
    }


async def test_coupons_and_discounts_are_named_and_shared_over_the_lines(either_shop: Shop) -> None:
    order = await either_shop.order(
        an_order(
            a_line(price="40.00", discount=Decimal("1.00"), discount_name="Spring sale"),
            a_line("KETTLE-1L", "38.50"),
            discount=Decimal("3.00"),
            coupons=(CouponDraft(code="TEN", type="percent", amount=Decimal(10)),),
        )
    )
    names = [discount.name for discount in order.discounts]
    assert names == ["Spring sale, Manual Discount", "Coupon TEN"]
    shared = sum(line.discount.amount for line in order.lines)
    assert shared == sum(discount.amount.amount for discount in order.discounts)


async def test_card_store_credit_and_gift_certificate_are_one_payment_each(shop: Shop) -> None:
    order = await shop.order(
        an_order(
            a_line(price="40.00"),
            customer=JANE,
            store_credit=Decimal("5.00"),
            gift_certificate=Decimal("7.00"),
        )
    )
    paid = {payment.tender: payment.amount.amount for payment in order.payments}
    assert len(order.payments) == 3
    assert paid[Tender.STORE_CREDIT] == Decimal("5.00")
    assert paid[Tender.GIFT_CERTIFICATE] == Decimal("7.00")
    assert sum(paid.values()) == order.total.amount


async def test_a_payment_by_bank_transfer_that_has_not_arrived_is_none(shop: Shop) -> None:
    pending = PaymentDraft(
        label="Bank Deposit", gateway="bankdeposit", method="offline", event="pending"
    )
    order = await shop.order(an_order(status_id=7, payment=pending))
    assert (order.payments, order.payment_method) == ((), "Bank Deposit")


async def test_an_authorised_payment_counts_once_it_is_captured(shop: Shop) -> None:
    order_id = shop.store.place_order(an_order(payment=PaymentDraft(event="authorization")))
    assert (await shop.connector.order(str(order_id))).payments == ()
    shop.store.pay(order_id, PaymentDraft(event="capture"))
    order = await shop.connector.order(str(order_id))
    assert [payment.amount for payment in order.payments] == [order.total]


async def test_a_refund_is_read_though_the_order_says_that_nothing_was_refunded(
    shop: Shop,
) -> None:
    order_id = shop.store.place_order(an_order(a_line(quantity=2)))
    item = RefundItemDraft(item_type="PRODUCT", quantity=1)
    refund_id = shop.store.refund(order_id, RefundDraft(items=(item,), reason="Broken"))
    order = await shop.connector.order(str(order_id))
    (refund,) = order.refunds
    assert (refund.id, refund.reason) == (str(refund_id), "Broken")
    assert refund.amount.amount == Decimal("13.43")
    assert [one.amount for one in refund.payments] == [refund.amount]
    assert [(i.kind, i.ref, i.quantity) for i in refund.items] == [
        ("line", order.lines[0].id, Decimal(1))
    ]
    assert conservation(order) is None  # totals stay what they were


async def test_an_order_level_refund_carries_no_tax(shop: Shop) -> None:
    order_id = shop.store.place_order(an_order())
    item = RefundItemDraft(item_type="ORDER", amount=Decimal("2.00"))
    shop.store.refund(order_id, RefundDraft(items=(item,)))
    (refund,) = (await shop.connector.order(str(order_id))).refunds
    assert (refund.amount.amount, refund.tax.amount) == (Decimal("2.00"), Decimal(0))


class Meddling(httpx.AsyncHTTPTransport):
    """A network on which the merchant edits the order right after its head was read."""

    def __init__(self, edit: Callable[[], None]) -> None:
        super().__init__()
        self._edits = [edit]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        await response.aread()
        while self._edits:
            self._edits.pop()()
        return response


async def test_an_order_edited_between_two_reads_is_read_again(shop: Shop) -> None:
    order_id = shop.store.place_order(an_order())
    edit = OrderEdit(add=(a_line("SCALE", "27.49"),))
    connector = shop.connect(
        network=Meddling(lambda: shop.store.edit_order(order_id, edit)),
    )
    order = await connector.order(str(order_id))
    assert conservation(order) is None
    assert len(order.lines) == 2


@pytest.mark.parametrize("order_id", ["999999", "nonsense", "../store", ""])
async def test_an_order_that_does_not_exist_is_not_found(shop: Shop, order_id: str) -> None:
    with pytest.raises(NotFound):
        await shop.connector.order(order_id)


async def test_one_part_that_cannot_be_read_fails_the_whole(shop: Shop) -> None:
    order_id = shop.store.place_order(an_order())
    shop.breaks(FaultKind.SERVER_ERROR, path="transactions")
    with pytest.raises(Unavailable):
        await shop.connector.order(str(order_id))


async def test_a_customer_has_the_oldest_address_of_the_book_and_the_stores_currency(
    shop: Shop,
) -> None:
    book = tuple(AddressDraft(street_1=f"{number} East Street") for number in range(12))
    customer_id = shop.store.add_customer(JANE.model_copy(update={"addresses": book}))
    customer = await shop.connector.customer(str(customer_id))
    assert (customer.id, customer.email, customer.currency) == ("1", "jane@example.com", "USD")
    assert customer.billing.street_1 == "0 East Street"
    assert any(path == "/v3/customers/addresses" for _, path, _ in shop.asked)


async def test_a_customer_without_an_address_is_read(shop: Shop) -> None:
    customer_id = shop.store.add_customer(JANE)
    customer = await shop.connector.customer(str(customer_id))
    assert customer.name == "Jane Doe"
    assert customer.shipping.street_1 == ""


@pytest.mark.parametrize("customer_id", ["4711", "1,2"])
async def test_a_customer_that_does_not_exist_is_not_found(shop: Shop, customer_id: str) -> None:
    with pytest.raises(NotFound):
        await shop.connector.customer(customer_id)


async def test_the_document_number_is_written_and_nothing_else(shop: Shop) -> None:
    draft = an_order(staff_notes="Leave me alone", discount=Decimal("1.00"))
    order_id = shop.store.place_order(draft)
    await shop.connector.report_posted(str(order_id), "INV-1")
    order = shop.store.order(order_id)
    assert (order.external_order_id, order.staff_notes) == ("INV-1", "Leave me alone")
    assert (await shop.connector.order(str(order_id))).reported_reference == "INV-1"


async def test_a_number_that_is_there_is_not_written_again(shop: Shop) -> None:
    order_id = shop.store.place_order(an_order())
    for _ in range(2):
        await shop.connector.report_posted(str(order_id), "INV-1")
    assert [method for method, _, _ in shop.asked].count("PUT") == 1


async def test_whatever_a_draft_holds_a_guest_has_no_customer_id(shop: Shop) -> None:
    assert (await shop.order(OrderDraft(lines=(a_line(),)))).customer_id == ""
