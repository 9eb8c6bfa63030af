"""The shapes of master data: customers, items, warehouses, payment methods, taxes, inquiries."""

from sandbox.acumatica.shapes import (
    Shape,
    days,
    decimals,
    flags,
    guids,
    integers,
    texts,
    times,
)

ADDRESS = Shape(
    "Address",
    texts("AddressLine1 AddressLine2 City Country PostalCode State") | flags("Validated"),
)
CONTACT = Shape(
    "Contact",
    texts(
        "Attention BusinessAccount CompanyName ContactClass DisplayName Email ExtRefNbr Fax"
        " FirstName FullName JobTitle LanguageOrLocale LastName MiddleName Phone1 Phone1Type Phone2"
        " Phone2Type Status Title Type WebSite"
    )
    | integers("ContactID")
    | flags("Active OverrideAccountAddress NoMarketing NoMassMail DoNotEmail")
    | times("LastModifiedDateTime")
    | guids("NoteID"),
    linked={"Address": ADDRESS},
    keys=("ContactID",),
    form="CR302000",
)
_CREDIT = Shape(
    "CreditVerificationRules",
    texts("CreditVerification")
    | decimals("CreditLimit OpenOrdersBalance RemainingCreditLimit UnreleasedBalance")
    | integers("CreditDaysPastDue"),
)
CUSTOMER = Shape(
    "Customer",
    texts(
        "AccountRef CurrencyID CurrencyRateType CustomerClass CustomerID CustomerCategory"
        " CustomerName Email EntityUsageType FOBPoint LocationName ParentRecord PriceClassID"
        " ShippingBranch ShippingRule ShippingTerms ShippingZoneID ShipVia StatementCycleID"
        " StatementType Status TaxExemptionNumber TaxRegistrationID TaxZone Terms WarehouseID"
    )
    | decimals("CreditLimit WriteOffLimit")
    | integers("BAccountID PrimaryContactID LeadTimedays OrderPriority")
    | flags(
        "BillingAddressOverride BillingContactOverride EnableCurrencyOverride EnableRateOverride"
        " EnableWriteOffs IsGuestCustomer MultiCurrencyStatements PrintInvoices PrintStatements"
        " ResidentialDelivery SendInvoicesbyEmail ShippingAddressOverride ShippingContactOverride"
    )
    | times("LastModifiedDateTime CreatedDateTime")
    | guids("NoteID"),
    linked={
        "MainContact": CONTACT,
        "BillingContact": CONTACT,
        "ShippingContact": CONTACT,
        "PrimaryContact": CONTACT,
        "CreditVerificationRules": _CREDIT,
    },
    details={
        "Attributes": Shape(
            "AttributeValue",
            texts("AttributeID AttributeDescription Value ValueDescription") | flags("Required"),
            keys=("AttributeID",),
        ),
        "Contacts": Shape("CustomerContact", integers("ContactID"), keys=("ContactID",)),
    },
    keys=("CustomerID",),
    form="AR303000",
)

_CROSS_REFERENCE = Shape(
    "InventoryItemCrossReference",
    texts("AlternateID AlternateType Description Subitem UOM VendorOrCustomer"),
    keys=("AlternateType", "AlternateID"),
)
_ITEM_TEXTS = (
    "Availability Content Description InventoryID ItemClass ItemStatus ItemType"
    " PostingClass PriceClass SalesAccount TaxCategory TemplateItemID Visibility"
)
_ITEM_AMOUNTS = "CurrentStdCost CurySpecificMSRP CurySpecificPrice DefaultPrice LastCost MSRP"
STOCK_ITEM = Shape(
    "StockItem",
    texts(
        f"{_ITEM_TEXTS} BaseUOM CountryOfOrigin DefaultWarehouseID ImageUrl LotSerialClass"
        " NotAvailable PurchaseUOM SalesUOM ValuationMethod VolumeUOM WeightUOM"
    )
    | decimals(
        f"{_ITEM_AMOUNTS} AverageCost DimensionVolume DimensionWeight LastStdCost Markup MaxCost"
        " MinCost MinMarkup PendingStdCost"
    )
    | flags("ExportToExternal IsAKit")
    | times("LastModified LastModifiedDateTime")
    | guids("NoteID"),
    details={
        "WarehouseDetails": Shape(
            "StockItemWarehouseDetail",
            texts("Status WarehouseID") | decimals("QtyOnHand") | flags("IsDefault"),
            keys=("WarehouseID",),
        ),
        "CrossReferences": _CROSS_REFERENCE,
    },
    keys=("InventoryID",),
    form="IN202500",
)
NON_STOCK_ITEM = Shape(
    "NonStockItem",
    texts(f"{_ITEM_TEXTS} BaseUnit ExpenseAccount PurchaseUnit SalesUnit")
    | decimals(f"{_ITEM_AMOUNTS} CurrentCost DimensionWeight PendingCost")
    | flags("ExportToExternal IsAKit IsKit RequireReceipt RequireShipment")
    | times("LastModifiedDateTime")
    | guids("NoteID"),
    details={"CrossReferences": _CROSS_REFERENCE},
    keys=("InventoryID",),
    form="IN202000",
)

WAREHOUSE = Shape(
    "Warehouse",
    texts("Description WarehouseID") | flags("Active") | times("LastModifiedDateTime"),
    details={
        "Locations": Shape(
            "WarehouseLocation",
            texts("Description LocationID") | flags("Active SalesAllowed ReceiptsAllowed"),
            keys=("LocationID",),
        )
    },
    keys=("WarehouseID",),
    form="IN204000",
)
PAYMENT_METHOD = Shape(
    "PaymentMethod",
    texts("Description MeansOfPayment PaymentMethodID")
    | flags("Active IntegratedProcessing UseInAP UseInAR UseInPR")
    | times("CreatedDateTime LastModifiedDateTime"),
    details={
        "AllowedCashAccounts": Shape(
            "PaymentMethodAllowedCashAccountDetail",
            texts("Branch CashAccount Description PaymentMethod")
            | flags("ARDefault ARDefaultForRefund UseInAP UseInAR"),
            keys=("CashAccount",),
        )
    },
    keys=("PaymentMethodID",),
    form="CA204000",
)
TAX = Shape(
    "Tax",
    texts("CalculateOn Description TaxAgency TaxID TaxPayableAccount TaxType")
    | times("CreatedDateTime LastModifiedDateTime"),
    details={
        "TaxSchedule": Shape(
            "TaxScheduleDetail",
            texts("ReportingGroup TaxID") | decimals("TaxRate") | integers("RevisionID")
            | days("StartDate"),
        )
    },
    keys=("TaxID",),
    form="TX205000",
)  # fmt: skip
TAX_ZONE = Shape(
    "TaxZone",
    texts("Description TaxZoneID") | times("CreatedDateTime LastModifiedDateTime"),
    details={
        "ApplicableTaxes": Shape("TaxZoneApplicableTaxDetail", texts("TaxID"), keys=("TaxID",))
    },
    keys=("TaxZoneID",),
    form="TX206000",
)

COMPANIES = Shape(
    "CompaniesStructure",
    {},
    details={
        "Results": Shape(
            "CompaniesStructureDetail",
            texts(
                "BaseCurrencyID BranchCountry BranchID BranchName CompanyID CompanyName CompanyType"
            )
            | flags("BranchStatus CompanyStatus"),
        )
    },
    form="CS1015PL",
    inquiry=True,
)
STORAGE_DETAILS = Shape(
    "StorageDetailsInquiry",
    texts("WarehouseID"),
    details={
        "StorageDetails": Shape(
            "StorageDetail",
            texts("InventoryID WarehouseID")
            | decimals("QtyAvailable QtyAvailableforIssue QtyHardAvailable QtyOnHand")
            | times("LastModifiedDateofWarehouseQty"),
        )
    },
    form="IN408050",
    inquiry=True,
)
QUANTITY_AVAILABLE = Shape(
    "InventoryQuantityAvailable",
    texts("InventoryID") | times("LastModifiedDateTime"),
    details={
        "Results": Shape(
            "InventoryQuantityAvailableDetail",
            texts("InventoryID") | decimals("QtyAvailable") | times("LastModifiedDateTime"),
        )
    },
    form="SO640590",
    inquiry=True,
)
SUMMARY = Shape(
    "InventorySummaryInquiry",
    texts("InventoryID LocationID Subitem WarehouseID") | flags("ExpandByLotSerialNbr"),
    details={
        "Results": Shape(
            "InventorySummaryRow",
            texts("BaseUOM LocationID WarehouseID")
            | decimals(
                "EstimatedTotalCost EstimatedUnitCost QtyAvailable QtyAvailableForShipment"
                " QtyNotAvailable QtyOnHand"
            ),
        )
    },
    form="IN401000",
    inquiry=True,
)
SALES_PRICES = Shape(
    "SalesPricesInquiry",
    texts("InventoryID ItemClassID PriceClass PriceCode PriceType") | days("EffectiveAsOf"),
    details={
        "SalesPriceDetails": Shape(
            "SalesPriceDetail",
            texts("CurrencyID InventoryID PriceCode PriceType UOM Warehouse")
            | decimals("BreakQty Price")
            | days("EffectiveDate ExpirationDate")
            | times("LastModifiedDateTime"),
        )
    },
    form="AR202000",
    inquiry=True,
)
