"""The entities and the properties of them that this stand-in knows, with the widths it enforces.

A real company has more of both. What is missing here is refused like a property that no company
has, so a connector that needs more has to be taught to the stand-in first.
"""

from sandbox.sap_business_one.entity_types import entity_type

_COSTING = "CostingCode CostingCode2 CostingCode3 CostingCode4 CostingCode5 ProjectCode"

ADDRESS = entity_type(
    "BPAddress",
    text=(
        "AddressName:50 AddressName2:50 AddressName3:50 Street:100 StreetNo:100 Block:100"
        " BuildingFloorRoom ZipCode:20 City:100 County:100 State:3 Country:3 FederalTaxID:32"
        " TaxCode:8 BPCode:15"
    ),
    whole="RowNum",
    enums={"BoAddressType": "AddressType"},
    takes_user_fields=True,
)
CONTACT = entity_type(
    "ContactEmployee",
    text=(
        "CardCode:15 Name:50 FirstName:50 MiddleName:50 LastName:50 Title:10 Position:90"
        " Phone1:20 Phone2:20 MobilePhone:50 E_Mail:100 Remarks1:100"
    ),
    whole="InternalCode",
    enums={"BoYesNoEnum": "Active"},
    takes_user_fields=True,
)
PARTNER = entity_type(
    "BusinessPartner",
    text=(
        "CardCode:15 CardName:100 CardForeignName:100 AliasName EmailAddress:100 Phone1:20"
        " Phone2:20 Cellular:50 Website:100 Currency:3 DefaultCurrency:3 VatGroup:8"
        " ZipCode:20 City:100 Country:3 FederalTaxID:32 ShipToDefault:50 BilltoDefault:50"
        " ContactPerson:90 FreeText Notes:100"
        " DebitorAccount:15 PeymentMethodCode:15 AdditionalID:64 ValidRemarks:30 FrozenRemarks:30"
    ),
    whole=(
        "Series GroupCode PriceListNum PayTermsGrpCode SalesPersonCode ShippingType LanguageCode"
        " AttachmentEntry DataVersion"
    ),
    number="CreditLimit MaxCommitment DiscountPercent CurrentAccountBalance",
    date="ValidFrom ValidTo FrozenFrom FrozenTo CreateDate UpdateDate",
    time="CreateTime UpdateTime",
    enums={
        "BoCardTypes": "CardType",
        "BoYesNoEnum": "Valid Frozen",
        "BoVatStatus": "VatLiable",
        "BoCardCompanyTypes": "CompanyPrivate",
    },
    collections={"BPAddresses": ADDRESS, "ContactEmployees": CONTACT},
    takes_user_fields=True,
)

ITEM_PRICE = entity_type(
    "ItemPrice", text="Currency:3", whole="PriceList BasePriceList", number="Price Factor"
)
ITEM_WAREHOUSE = entity_type(
    "ItemWarehouseInfo",
    text="WarehouseCode:8 ItemCode:50",
    number="InStock Committed Ordered StandardAveragePrice MinimalStock MaximalStock",
    enums={"BoYesNoEnum": "Locked"},
)
ITEM = entity_type(
    "Item",
    text=(
        "ItemCode:50 ItemName:200 ForeignName:200 BarCode:254 SalesUnit:100 InventoryUOM:100"
        " SalesVATGroup:8 ArTaxCode:8 DefaultWarehouse:8 IncomeAccount:15 User_Text Picture:200"
    ),
    whole=(
        "ItemsGroupCode Series UoMGroupEntry DefaultSalesUoMEntry InventoryUoMEntry DataVersion"
    ),
    number=(
        "QuantityOnStock QuantityOrderedFromVendors QuantityOrderedByCustomers MovingAveragePrice"
        " AvgStdPrice ProdStdCost SalesItemsPerUnit SalesUnitWeight"
    ),
    date="ValidFrom ValidTo FrozenFrom FrozenTo CreateDate UpdateDate",
    time="CreateTime UpdateTime",
    enums={
        "BoYesNoEnum": (
            "SalesItem PurchaseItem InventoryItem Valid Frozen ManageSerialNumbers"
            " ManageBatchNumbers ManageStockByWarehouse"
        ),
        "ItemTypeEnum": "ItemType",
        "BoItemTreeTypes": "TreeType",
        "BoInventorySystem": "CostAccountingMethod",
    },
    collections={"ItemPrices": ITEM_PRICE, "ItemWarehouseInfoCollection": ITEM_WAREHOUSE},
    takes_user_fields=True,
)

LINE = entity_type(
    "DocumentLine",
    text=(
        "ItemCode:50 ItemDescription:200 AccountCode:15 Currency:3 TaxCode:8 VatGroup:8"
        " WarehouseCode:8 MeasureUnit:100 BarCode:254 SupplierCatNum:50 FreeText:100"
        f" COGSCostingCode COGSAccountCode:15 {_COSTING}"
    ),
    whole="LineNum VisualOrder BaseType BaseEntry BaseLine DocEntry UoMEntry SalesPersonCode",
    number=(
        "Quantity UnitPrice Price PriceAfterVAT GrossPrice Rate DiscountPercent LineTotal"
        " RowTotalFC GrossTotal GrossTotalFC TaxPercentagePerRow TaxTotal NetTaxAmount"
        " NetTaxAmountFC RemainingOpenQuantity InventoryQuantity"
    ),
    date="ShipDate",
    enums={
        "BoStatus": "LineStatus",
        "BoItemTreeTypes": "TreeType",
        "BoYesNoEnum": "WithoutInventoryMovement TaxLiable",
    },
    takes_user_fields=True,
)
EXPENSE = entity_type(
    "DocumentAdditionalExpense",
    text=(
        "Remarks TaxCode:8 VatGroup:8 DistributionRule DistributionRule2 DistributionRule3"
        " DistributionRule4 DistributionRule5 Project"
    ),
    whole="ExpenseCode LineNum BaseDocType BaseDocEntry BaseDocLine",
    number="LineTotal LineTotalFC TaxPercent TaxSum TaxSumFC LineGross LineGrossFC",
    enums={
        "BoAdEpnsDistribMethods": "DistributionMethod",
        "BoStatus": "Status",
        "BoYesNoEnum": "TaxLiable",
    },
    takes_user_fields=True,
)
_EXTENSION = " ".join(
    f"{side}{part}"
    for side in ("ShipTo", "BillTo")
    for part in (
        "Street:100", "StreetNo:100", "Block:100", "Building", "City:100", "ZipCode:20",
        "County:100", "State:3", "Country:3", "Address2:50", "Address3:50",
    )
)  # fmt: skip
ADDRESS_EXTENSION = entity_type(
    "AddressExtension", text=_EXTENSION, whole="DocEntry", takes_user_fields=True
)
DOCUMENT = entity_type(
    "Document",
    text=(
        "CardCode:15 CardName:100 Address:254 Address2:254 NumAtCard:100 DocCurrency:3"
        " Reference1:11 Reference2:11 Comments:254 JournalMemo:50 ShipToCode:50 PayToCode:50"
        " PaymentMethod:15 PaymentReference:27 TrackingNumber:30 Project:20 Indicator:2"
        " FederalTaxID:32 ControlAccount:15 BPLName OpeningRemarks ClosingRemarks"
    ),
    whole=(
        "DocEntry DocNum Series PaymentGroupCode SalesPersonCode ContactPersonCode AttachmentEntry"
        " TransportationCode BPL_IDAssignedToInvoice DocumentsOwner FinancialPeriod DataVersion"
    ),
    number=(
        "DocRate DiscountPercent TotalDiscount TotalDiscountFC VatSum VatSumFc DocTotal DocTotalFc"
        " PaidToDate PaidToDateFC RoundingDiffAmount RoundingDiffAmountFC"
    ),
    date="DocDate DocDueDate TaxDate CreationDate UpdateDate CancelDate",
    time="DocTime UpdateTime",
    enums={
        "BoDocumentTypes": "DocType",
        "BoYesNoEnum": "HandWritten Rounding Cancelled Confirmed PartialSupply ReserveInvoice",
        "BoStatus": "DocumentStatus",
        "CancelStatusEnum": "CancelStatus",
        "BoObjectTypes": "DocObjectCode",
        "DocumentAuthorizationStatusEnum": "AuthorizationStatus",
    },
    collections={"DocumentLines": LINE, "DocumentAdditionalExpenses": EXPENSE},
    parts={"AddressExtension": ADDRESS_EXTENSION},
    takes_user_fields=True,
)

PAYMENT_INVOICE = entity_type(
    "PaymentInvoice",
    whole="LineNum DocEntry DocNum DocLine InstallmentId",
    number="SumApplied AppliedFC PaidSum DocRate DiscountPercent",
    enums={"BoRcptInvTypes": "InvoiceType"},
)
PAYMENT_CARD = entity_type(
    "PaymentCreditCard",
    text="CreditAcct:15 CreditCardNumber:64 VoucherNum:20 OwnerIdNum:15 ConfirmationNum:20",
    whole="LineNum CreditCard PaymentMethodCode NumOfPayments NumOfCreditPayments",
    number="CreditSum FirstPaymentSum",
    date="CardValidUntil FirstPaymentDue",
    enums={"BoRcptCredTypes": "CreditType"},
)
PAYMENT = entity_type(
    "Payment",
    text=(
        "CardCode:15 CardName:100 Address:254 CashAccount:15 CheckAccount:15 TransferAccount:15"
        " TransferReference:27 DocCurrency:3 Reference1 Reference2 CounterReference Remarks:254"
        " JournalRemarks:50 ProjectCode:20 ControlAccount:15 BPLName"
    ),
    whole="DocEntry DocNum Series ContactPersonCode BPLID AttachmentEntry",
    number="CashSum CashSumFC TransferSum DocRate",
    date="DocDate TaxDate DueDate TransferDate",
    enums={
        "BoRcptTypes": "DocType",
        "BoYesNoEnum": "HandWritten LocalCurrency Cancelled",
        "BoPaymentsObjectType": "DocObjectCode",
        "PaymentsAuthorizationStatusEnum": "AuthorizationStatus",
    },
    collections={"PaymentInvoices": PAYMENT_INVOICE, "PaymentCreditCards": PAYMENT_CARD},
    takes_user_fields=True,
)
