"""The settings of one Acumatica tenant."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from connectors.acumatica.notifications import AcumaticaNotifications
from connectors.acumatica.profile import AcumaticaProfile
from connectors.transport import Timeouts

# Acumatica queues a call for up to ten minutes before it declines it.
_PATIENT = Timeouts(connect=5, write=30, read=120)


StockQuantity = Literal["available", "available-for-issue", "hard-available", "on-hand"]


class AcumaticaAuth(BaseModel):
    """Who we are there. OAuth's secrets come from form SM303010, Connected Applications."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["password", "authorization-code", "cookie"] = Field(
        default="password",
        description="password: OAuth with the user's own. authorization-code: OAuth with a "
        "refresh token that a person once obtained. cookie: the older log-in, to be withdrawn.",
    )
    client_id: str = Field(default="", description="Connected application, ending in @Tenant.")
    client_secret: SecretStr = Field(default=SecretStr(""), description="Its shared secret.")
    username: str = Field(default="", description="A user of its own, with rights to the forms.")
    password: SecretStr = Field(default=SecretStr(""), description="That user's password.")
    refresh_token: SecretStr = Field(
        default=SecretStr(""),
        description="With authorization-code: the first one; its successors are kept.",
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        named = {
            "client_id": self.client_id,
            "client_secret": self.client_secret.get_secret_value(),
            "username": self.username,
            "password": self.password.get_secret_value(),
            "refresh_token": self.refresh_token.get_secret_value(),
        }
        missing = [name for name in _NEEDED[self.kind] if not named[name]]
        if missing:
            raise ValueError(f"kind = '{self.kind}' needs {', '.join(missing)}")
        return self


_NEEDED = {
    "password": ("client_id", "client_secret", "username", "password"),
    "authorization-code": ("client_id", "client_secret", "refresh_token"),
    "cookie": ("username", "password"),
}


class AcumaticaSettings(BaseModel):
    """Where an Acumatica tenant is, who we are there, and the codes that documents need."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = Field(
        description="Address of the instance, with its site if it has one, without /entity; e.g. "
        "https://erp.example.com/AcumaticaERP"
    )
    tenant: str = Field(description="Log-in name of the tenant (company).")
    branch: str = Field(default="", description="Branch of documents. Empty: the user's own.")
    endpoint_name: str = Field(default="Default", description="Endpoint, or an extension of it.")
    endpoint_version: str = Field(
        default="24.200.001", description="Version of the endpoint, which is not the ERP's."
    )
    auth: AcumaticaAuth = Field(description="Who we are there.")
    ca_file: Path | None = Field(default=None, description="A private certificate authority.")
    timeouts: Timeouts = Field(default=_PATIENT, description="How long one call may take.")
    renew_after_minutes: float = Field(
        default=45, gt=0, description="Age at which `renew_session` renews an OAuth token."
    )
    logout_on_close: bool = Field(default=True, description="Give the licence seat back at a stop.")

    strategy: Literal["sales-order", "sales-invoice"] = Field(
        default="sales-order",
        description="sales-order: an order to be shipped. sales-invoice: an invoice, released; "
        "needs the feature Advanced SO Invoices.",
    )
    order_type: str = Field(default="SO", description="Order type of web orders.")
    credit_order_type: str = Field(
        default="CM", description="Order type of credits; one without a receipt."
    )
    tax_id: str = Field(default="", description="Tax under which the store's tax is booked.")
    default_warehouse: str = Field(default="", description="Warehouse of lines that name none.")
    uom: str = Field(default="", description="Unit of goods lines. Empty: the item's sales unit.")
    rounding_item: str = Field(default="", description="Non-stock item of rounding lines.")
    adjustment_item: str = Field(
        default="",
        description="Non-stock item to which edits of goods are booked. Empty: edits are held.",
    )
    customer_strategy: Literal["per-customer", "single"] = Field(
        default="per-customer", description="One account each, or one for all web orders."
    )
    web_customers: Mapping[str, str] = Field(
        default={}, description="With `single`: CustomerID by currency (ISO)."
    )
    customer_class: str = Field(default="", description="Class of new customers.")
    customer_prefix: str = Field(
        default="",
        max_length=8,
        description="Starts the CustomerIDs that we give. Empty: Acumatica numbers customers.",
    )
    states: Mapping[str, str] = Field(
        default={}, description="State codes by the store's state names, where they must be codes."
    )
    stock_quantity: Literal["available", "available-for-issue", "hard-available", "on-hand"] = (
        Field(
            default="available",
            description="Which of Acumatica's quantities the store may sell; its availability "
            "rules say what each contains.",
        )
    )
    local_currency: str = Field(default="USD", description="The tenant's base currency (ISO).")
    notifications: AcumaticaNotifications = Field(
        default=AcumaticaNotifications(), description="What Acumatica tells of its own accord."
    )
    profile: AcumaticaProfile = Field(default=AcumaticaProfile(), description="The site's dialect.")

    @field_validator("base_url")
    @classmethod
    def _instance(cls, value: str) -> str:
        address = value.rstrip("/")
        if "/entity" in address:
            raise ValueError("must be the instance's address, without /entity and what follows")
        return address

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.customer_strategy == "single" and not self.web_customers:
            raise ValueError("customer_strategy = 'single' needs web_customers")
        if self.auth.kind != "cookie":
            # Nothing in an OAuth call names the tenant but the application it was made for.
            _, _, tenant = self.auth.client_id.rpartition("@")
            if tenant.casefold() != self.tenant.casefold():
                raise ValueError(
                    f"auth.client_id must end in @{self.tenant}: an application that is registered "
                    "in another tenant would post there"
                )
        return self

    @property
    def endpoint(self) -> str:
        """Return name and version of the endpoint, e.g. `Default/24.200.001`."""
        return f"{self.endpoint_name}/{self.endpoint_version}"
