"""The settings of one SAP Business One company."""

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from connectors.sap_business_one.profile import SapProfile
from connectors.transport import Timeouts

_USER_FIELD = re.compile(r"U_\w{1,50}")
# What the text of a user-defined field may name in braces: fields of a SalesDocument.
USER_FIELD_NAMES = {"order_number", "order_id", "key", "email", "note"}
EXPENSE = "expense:"  # a revenue class that names an additional expense
ITEM = "item:"  # ... or an item without inventory, with an account of its own
DETERMINED = "default"  # a revenue class that leaves the account to SAP


class Numbered(StrEnum):
    """What a numbering series can be set for."""

    CUSTOMER = "customer"
    ORDER = "order"
    DELIVERY_NOTE = "delivery-note"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit-note"
    PAYMENT = "payment"
    PAYOUT = "payout"


class SapBusinessOneSettings(BaseModel):
    """Where a company is, who we are there, and the codes that documents need."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = Field(
        description="Address of the Service Layer without /b1s, e.g. https://b1.example.com:50000"
    )
    protocol: Literal["v2", "v1"] = Field(
        default="v2", description="v2: OData 4. v1: OData 3, for servers that lack the other."
    )
    company_db: str = Field(description="Name of the company's database.")
    username: str = Field(description="A user of our own, licensed for the Service Layer.")
    password: SecretStr = Field(description="That user's password.")
    language: int = Field(
        default=23, description="Language of SAP's messages; they are read, so keep it English."
    )
    ca_file: Path | None = Field(default=None, description="A private certificate authority.")
    timeouts: Timeouts = Field(default=Timeouts(), description="How long one call may take.")
    max_in_flight: int = Field(
        default=4, ge=1, le=8, description="Calls at the same time, per worker process."
    )
    renew_after_minutes: float = Field(
        default=10, gt=0, description="A session older than this is kept alive by a cheap call."
    )
    logout_on_close: bool = Field(
        default=False, description="End the session at a stop; only with a single worker."
    )

    document: Literal["invoice", "order-delivery-invoice"] = Field(
        default="invoice",
        description="invoice: an A/R invoice at once. order-delivery-invoice: all three of them.",
    )
    reference_field: str = Field(
        default="U_C2_ExtRef",
        description="User-defined field of documents and payments that holds our key; without one "
        "NumAtCard, and TransferReference for payments.",
    )
    user_fields: Mapping[str, str] = Field(
        default={},
        description="Further user-defined fields of documents and their texts, which may name "
        "{order_number}, {order_id}, {key}, {email} and {note}: "
        '{ U_Shop = "web {order_number}" }.',
    )
    tax_field: Literal["TaxCode", "VatGroup"] = Field(
        default="TaxCode", description="TaxCode: sales tax countries. VatGroup: VAT countries."
    )
    tax_code: str = Field(description="Tax code of taxed lines.")
    exempt_tax_code: str = Field(
        default="", description="Tax code of untaxed lines. Empty: the same, with no tax."
    )
    default_warehouse: str = Field(
        default="", description="Warehouse of lines that name none. Empty: the item's own."
    )
    charge_item: str = Field(
        default="",
        description="A sales item without inventory, for charges and amendments that are booked "
        "to a G/L account.",
    )
    freight_expense: int | None = Field(
        default=None, description="Additional expense (freight) code of shipping charges."
    )
    rounding_class: str = Field(
        default="",
        description="Revenue class of rounding lines: expense:CODE, item:CODE or an account.",
    )
    series: Mapping[Numbered, int] = Field(
        default={}, description="Numbering series by what is numbered. Left out: SAP's default."
    )
    branch: int | None = Field(
        default=None, description="Branch (BPLID) of documents, where the company has branches."
    )
    sales_employee: int | None = Field(default=None, description="SalesPersonCode of documents.")

    local_currency: str = Field(default="USD", description="The company's currency (ISO).")
    currency_map: Mapping[str, str] = Field(
        default={}, description="SAP's currency codes by ISO code, where they differ."
    )
    customer_strategy: Literal["per-customer", "single"] = Field(
        default="per-customer", description="One partner each, or one for all web orders."
    )
    web_customers: Mapping[str, str] = Field(
        default={}, description="With `single`: CardCode by currency (ISO)."
    )
    customer_prefix: str = Field(
        default="W", max_length=4, description="Starts the codes of the partners that we number."
    )
    customer_group: int | None = Field(default=None, description="Group of new customers.")
    customer_currency: Literal["all", "order"] = Field(
        default="all", description="New customers are kept in all currencies, or in the order's."
    )
    price_list: int | None = Field(default=None, description="Price list that is read by default.")
    profile: SapProfile = Field(default=SapProfile(), description="The site's dialect.")

    @field_validator("base_url")
    @classmethod
    def _without_path(cls, value: str) -> str:
        return re.sub(r"/b1s(/v[12])?$", "", value.rstrip("/"))

    @field_validator("reference_field")
    @classmethod
    def _known_field(cls, value: str) -> str:
        if value != "NumAtCard" and not _USER_FIELD.fullmatch(value):
            raise ValueError("must be NumAtCard or a user-defined field (U_...)")
        return value

    @field_validator("user_fields")
    @classmethod
    def _known_texts(cls, value: Mapping[str, str]) -> Mapping[str, str]:
        for name, text in value.items():
            if not _USER_FIELD.fullmatch(name):
                raise ValueError(f"{name} is no user-defined field (U_...)")
            named = set(re.findall(r"\{(.*?)\}", text))
            if unknown := sorted(named - USER_FIELD_NAMES):
                there = ", ".join(sorted(USER_FIELD_NAMES))
                raise ValueError(f"{name} names {{{unknown[0]}}}; there are: {there}")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.customer_strategy == "single" and not self.web_customers:
            raise ValueError("customer_strategy = 'single' needs web_customers")
        if self.profile.tax_amounts == "computed" and self.profile.tax_rate is None:
            raise ValueError("profile.tax_amounts = 'computed' needs profile.tax_rate")
        if self.reference_field in self.user_fields:
            raise ValueError(f"user_fields may not name {self.reference_field}: it holds our key")
        return self

    @property
    def payment_reference_field(self) -> str:
        """Return the property of payments that holds our key."""
        field = self.reference_field
        return field if field.startswith("U_") else "TransferReference"

    def sap_currency(self, iso: str) -> str:
        """Return SAP's code of a currency."""
        return self.currency_map.get(iso, iso)

    def iso_currency(self, code: str) -> str:
        """Return the ISO code of one of SAP's; blank is the company's own currency."""
        if not code:
            return self.local_currency
        return next((iso for iso, own in self.currency_map.items() if own == code), code)

    def is_local(self, iso: str) -> bool:
        """Tell whether amounts in that currency are the company's own."""
        return iso == self.local_currency
