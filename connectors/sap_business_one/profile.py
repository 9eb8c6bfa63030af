"""What differs between companies, localisations and feature packs, with defaults that are safe.

Nothing in this room may assume what stands here: whatever a site does otherwise is a setting.
"""

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class SapProfile(BaseModel):
    """One site's dialect. Text patterns are regular expressions, searched without case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tax_amounts: Literal["given", "computed"] = Field(
        default="given",
        description="given: every line is sent with the store's tax. computed: only with its tax "
        "code; tax_rate says what SAP makes of it, and the difference is a rounding line.",
    )
    line_tax_property: str = Field(
        default="TaxTotal", description="Property of a line that takes the store's tax."
    )
    expense_tax_property: str = Field(
        default="TaxSum", description="Property of an additional expense that takes it."
    )
    foreign_line_tax_property: str = Field(
        default="NetTaxAmountFC", description="As line_tax_property, in a foreign currency."
    )
    foreign_expense_tax_property: str = Field(
        default="TaxSumFC", description="As expense_tax_property, in a foreign currency."
    )
    foreign_expense_total_property: str = Field(
        default="LineTotalFC",
        description="Property of an additional expense that takes a foreign amount.",
    )
    tax_rate: Decimal | None = Field(
        default=None, description="With tax_amounts = 'computed': percent of the tax code."
    )
    line_amounts: Literal["unit-price", "line-total"] = Field(
        default="unit-price",
        description="unit-price: SAP computes quantity times price. line-total: it keeps the total "
        "that it is sent.",
    )
    price_decimals: int = Field(
        default=2, ge=0, le=6, description="Decimals of the company's prices (display settings)."
    )
    line_reference_property: str = Field(
        default="FreeText",
        description="Property of a line that keeps the store's line, by which a credit finds it.",
    )
    credit_base: Literal["open", "always", "never"] = Field(
        default="open",
        description="When a credit's lines name the invoice's lines as their base: while the "
        "invoice is open, always, or never. SAP refuses a base that is closed, as paid ones are.",
    )
    restock: bool = Field(
        default=False,
        description="Whether pieces that the store says come back go back into the warehouse.",
    )
    approval_procedures: bool = Field(
        default=True,
        description="Look for a draft of ours awaiting approval before posting. Switch it off only "
        "where no approval procedure can ever apply to our user.",
    )
    look_up_states: bool = Field(
        default=True, description="Translate states of addresses to SAP's codes (set States)."
    )

    frozen_patterns: tuple[str, ...] = Field(
        default=(
            r"10001071",
            r"(business partner|customer|card ?code).*(inactive|frozen|on hold|not active)",
            r"(inactive|frozen) (business partner|customer)",
        ),
        description="The business partner is frozen or inactive.",
    )
    period_closed_patterns: tuple[str, ...] = Field(
        default=(
            r"(posting )?period.*(locked|closed|not (open|defined|found)|does not exist)",
            r"(locked|closed) (posting )?period",
            r"date deviates from permissible range",
        ),
        description="The document's date falls in no open posting period.",
    )
    currency_patterns: tuple[str, ...] = Field(
        default=(
            r"exchange rate",
            r"update the exchange",
            r"currency.*(not allowed|does not match)",
        ),
        description="No exchange rate, or a currency that the partner is not kept in.",
    )
    missing_field_patterns: tuple[str, ...] = Field(
        default=(r"property '?U_\w+'?.*invalid", r"unknown (property|column).*U_"),
        description="Our user-defined field does not exist in this company.",
    )
    contention_patterns: tuple[str, ...] = Field(
        default=(r"another user or another operation modified data",),
        description="Nothing was posted because somebody posted at the same moment.",
    )

    page_size: int = Field(default=200, ge=1, le=1000, description="Rows asked for at once.")
    sweep_page_size: int = Field(
        default=100,
        ge=1,
        le=1000,
        description="Items read at once for stock and prices; each comes with all its warehouses.",
    )
    stock_query: str = Field(
        default="",
        description="Code of a stored SQL query over OITW by which stock is read; its text is in "
        "docs/sap-business-one.md. Empty: the items' own warehouse rows.",
    )
    find_chunk: int = Field(default=20, ge=1, description="Keys looked up in one search.")
    post_seconds: float = Field(default=90, description="How long one posting may take.")
    login_seconds: float = Field(default=60, description="How long a log-in may take.")
    late_commit_seconds: float = Field(
        default=15, description="How long after a broken call a posting may still appear."
    )
