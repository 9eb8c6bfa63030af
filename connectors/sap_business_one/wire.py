"""SAP's records as they come, lenient and only as far as needed, and JSON with exact numbers."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from connectors.exact_json import is_sane


def _text(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return value


def _number(value: object) -> object:
    if value is None:
        return Decimal(0)
    if isinstance(value, bool | float):
        raise ValueError("an amount is never a float; decode JSON with parse_float=Decimal")
    return value


def _sane(number: Decimal) -> Decimal:
    if not is_sane(number):
        raise ValueError("a number of absurd size")
    return number


def _rows(value: object) -> object:
    return [] if value is None else value


def _count(value: object) -> object:
    return 0 if value is None else value


def _flag(value: object) -> object:
    """Read tYES and tNO; what is not told is no."""
    return value in ("tYES", "Y", True)


Text = Annotated[str, BeforeValidator(_text)]
Number = Annotated[Decimal, BeforeValidator(_number), AfterValidator(_sane)]
Count = Annotated[int, BeforeValidator(_count)]
Flag = Annotated[bool, BeforeValidator(_flag)]


class Wire(BaseModel):
    """A record of SAP's. What we do not know or need is dropped."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class WireLine(Wire):
    """A line of a marketing document."""

    number: Count = Field(alias="LineNum", default=0)
    item: Text = Field(alias="ItemCode", default="")
    quantity: Number = Field(alias="Quantity", default=Decimal(0))
    total: Number = Field(alias="LineTotal", default=Decimal(0))
    total_foreign: Number = Field(alias="RowTotalFC", default=Decimal(0))
    account: Text = Field(alias="AccountCode", default="")
    status: Text = Field(alias="LineStatus", default="")
    open_quantity: Decimal | None = Field(alias="RemainingOpenQuantity", default=None)
    source: Text = ""  # from the property that the profile names


class WireExpense(Wire):
    """An additional expense of a marketing document, such as freight."""

    number: Count = Field(alias="LineNum", default=0)
    code: Text = Field(alias="ExpenseCode", default="")
    total: Number = Field(alias="LineTotal", default=Decimal(0))
    tax: Number = Field(alias="TaxSum", default=Decimal(0))


class WireDocument(Wire):
    """A marketing document: order, delivery note, invoice, credit note, draft."""

    entry: int = Field(alias="DocEntry")
    number: Text = Field(alias="DocNum", default="")
    customer: Text = Field(alias="CardCode", default="")
    currency: Text = Field(alias="DocCurrency", default="")
    total: Number = Field(alias="DocTotal", default=Decimal(0))
    total_foreign: Number = Field(alias="DocTotalFc", default=Decimal(0))
    tax: Number = Field(alias="VatSum", default=Decimal(0))
    tax_foreign: Number = Field(alias="VatSumFc", default=Decimal(0))
    paid: Number = Field(alias="PaidToDate", default=Decimal(0))
    paid_foreign: Number = Field(alias="PaidToDateFC", default=Decimal(0))
    status: Text = Field(alias="DocumentStatus", default="")
    cancelled: Flag = Field(alias="Cancelled", default=False)
    cancel_status: Text = Field(alias="CancelStatus", default="csNo")
    lines: Annotated[tuple[WireLine, ...], BeforeValidator(_rows)] = Field(
        alias="DocumentLines", default=()
    )
    expenses: Annotated[tuple[WireExpense, ...], BeforeValidator(_rows)] = Field(
        alias="DocumentAdditionalExpenses", default=()
    )

    @property
    def stands(self) -> bool:
        """Tell whether it counts: neither cancelled nor a cancellation itself."""
        return not self.cancelled and self.cancel_status in ("", "csNo", "N")


class WireCreated(Wire):
    """What is answered to a posting. Intercepted for approval it is a draft, or nothing at all."""

    entry: int | None = Field(alias="DocEntry", default=None)
    authorization: Text = Field(alias="AuthorizationStatus", default="")

    @property
    def intercepted(self) -> bool:
        """Tell whether it waits for somebody's approval."""
        return self.entry is None or self.authorization in ("dasPending", "pasPending", "W")


class WirePayment(Wire):
    """An incoming or an outgoing payment."""

    entry: int = Field(alias="DocEntry")
    number: Text = Field(alias="DocNum", default="")
    customer: Text = Field(alias="CardCode", default="")
    currency: Text = Field(alias="DocCurrency", default="")
    transferred: Number = Field(alias="TransferSum", default=Decimal(0))
    cancelled: Flag = Field(alias="Cancelled", default=False)


class WireAddress(Wire):
    """An address of a business partner."""

    name: Text = Field(alias="AddressName", default="")
    kind: Text = Field(alias="AddressType", default="")
    row: int | None = Field(alias="RowNum", default=None)
    street: Text = Field(alias="Street", default="")
    block: Text = Field(alias="Block", default="")
    city: Text = Field(alias="City", default="")
    postcode: Text = Field(alias="ZipCode", default="")
    state: Text = Field(alias="State", default="")
    country: Text = Field(alias="Country", default="")


class WirePartner(Wire):
    """A business partner."""

    code: Text = Field(alias="CardCode")
    name: Text = Field(alias="CardName", default="")
    email: Text = Field(alias="EmailAddress", default="")
    phone: Text = Field(alias="Phone1", default="")
    bill_to: Text = Field(alias="BilltoDefault", default="")
    currency: Text = Field(alias="Currency", default="")
    frozen: Flag = Field(alias="Frozen", default=False)
    frozen_from: Text = Field(alias="FrozenFrom", default="")
    frozen_to: Text = Field(alias="FrozenTo", default="")
    addresses: Annotated[tuple[WireAddress, ...], BeforeValidator(_rows)] = Field(
        alias="BPAddresses", default=()
    )

    @property
    def inactive(self) -> bool:
        """Tell whether SAP would refuse documents; of a span of dates only SAP can tell."""
        return self.frozen and not (self.frozen_from or self.frozen_to)


class WireItem(Wire):
    """An item, as far as documents need it."""

    code: Text = Field(alias="ItemCode")
    name: Text = Field(alias="ItemName", default="")


def encoded(body: object) -> bytes:
    """Write a request's body as JSON, every Decimal as the number that it is."""
    return _written(body).encode()


def _written(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Mapping):
        members = cast(Mapping[str, object], value)
        return "{" + ",".join(f"{json.dumps(k)}:{_written(v)}" for k, v in members.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        entries = cast(Sequence[Any], value)
        return "[" + ",".join(_written(entry) for entry in entries) + "]"
    if value is None or isinstance(value, str | int):
        return json.dumps(value)
    raise TypeError(f"{type(value).__name__} has no place in a document")
