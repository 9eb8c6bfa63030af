"""The settings of one SYSPRO company."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from connectors.syspro.profile import SysproProfile
from connectors.transport import Timeouts


class SysproSettings(BaseModel):
    """Where a SYSPRO company is, who we are there, and the codes that documents need."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rest_base_url: str = Field(
        description="e.net REST address, e.g. https://erp.example.com:30661/SYSPROWCFService/Rest"
    )
    operator: str = Field(description="A dedicated operator: a second log-on ends the first.")
    operator_password: SecretStr = Field(description="That operator's password.")
    company: str = Field(description="SYSPRO company id.")
    company_password: SecretStr = Field(
        default=SecretStr(""), description="The company's password, if it has one."
    )
    odata_url: str | None = Field(
        default=None, description="Root of the OData server. None: everything is read by COMFND."
    )
    odata_user: str = Field(default="", description="OData has credentials of its own.")
    odata_password: SecretStr = Field(default=SecretStr(""), description="Their password.")
    ca_file: Path | None = Field(default=None, description="A private certificate authority.")
    timeouts: Timeouts = Field(default=Timeouts(), description="How long one call may take.")
    renew_after_minutes: float = Field(
        default=30, gt=0, description="Age at which `renew_session` logs on anew."
    )
    logoff_on_close: bool = Field(
        default=False, description="Free the licence seat at a stop; only with a single worker."
    )

    strategy: Literal["ar-invoice", "sales-order"] = Field(
        default="ar-invoice",
        description="ar-invoice: values only (ARSTIN). sales-order: lines and stock (SORTOI).",
    )
    customer_strategy: Literal["per-customer", "single"] = Field(
        default="per-customer", description="One account each, or one for all web orders."
    )
    web_customers: Mapping[str, str] = Field(
        default={}, description="With `single`: customer code by currency (ISO)."
    )
    customer_prefix: str = Field(
        default="W", max_length=4, description="Starts the codes of the customers that we number."
    )
    branch: str = Field(default="", description="Branch of documents and new customers.")
    area: str = Field(default="", description="Geographic area of documents and new customers.")
    salesperson: str = Field(default="", description="Salesperson of documents and new customers.")
    terms: str = Field(default="", description="Terms code of documents and new customers.")
    customer_class: str = Field(default="", description="Class of new customers.")
    tax_status: Literal["N", "E", "O"] = Field(
        default="N", description="New customers: N taxable, E exempt, O other."
    )
    local_currency: str = Field(default="USD", description="The company's currency (ISO).")
    currency_map: Mapping[str, str] = Field(
        default={}, description="SYSPRO's currency codes by ISO code, where they differ."
    )
    rounding_class: str = Field(
        default="", description="Product class of rounding lines (sales-order only)."
    )
    warehouse: str = Field(default="", description="Warehouse of lines that name none.")
    price_code: str = Field(
        default="A", description="Price code of the usual selling price (InvPrice)."
    )
    sale_price_code: str = Field(
        default="", description="Price code of sale prices. Empty: SYSPRO knows of no sales."
    )
    journal_notation: str = Field(default="Web payment", description="Notation of payments.")
    profile: SysproProfile = Field(default=SysproProfile(), description="The site's dialect.")

    @field_validator("rest_base_url", "odata_url")
    @classmethod
    def _without_slash(cls, value: str | None) -> str | None:
        return value.rstrip("/") if value else value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.customer_strategy == "single" and not self.web_customers:
            raise ValueError("customer_strategy = 'single' needs web_customers")
        if self.strategy == "sales-order" and not self.warehouse:
            raise ValueError("strategy = 'sales-order' needs a warehouse")
        return self

    def syspro_currency(self, iso: str) -> str:
        """Return SYSPRO's code of a currency."""
        return self.currency_map.get(iso, iso)

    def iso_currency(self, code: str) -> str:
        """Return the ISO code of one of SYSPRO's; blank is the company's own currency."""
        if not code:
            return self.local_currency
        return next((iso for iso, own in self.currency_map.items() if own == code), code)
