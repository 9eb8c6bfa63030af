"""The shapes of what is sold and paid: orders, invoices, payments."""

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
from sandbox.acumatica.shapes_masters import ADDRESS

DOC_CONTACT = Shape("DocContact", texts("Attention BusinessName Email Phone1"))

_ORDER_LINE = Shape(
    "SalesOrderDetail",
    texts(
        "Account AlternateID Branch CostCode CustomerOrderNbr DiscountCode InventoryID InvoiceNbr"
        " InvoiceType LineDescription LineType Location Operation ReasonCode SalespersonID"
        " ShippingRule ShipToLocation Subitem TaxCategory TaxZone UOM WarehouseID LotSerialNbr"
        " ExternalRef GiftMessage LastModifiedDate"
    )
    | decimals(
        "Amount DiscountAmount DiscountedUnitPrice DiscountPercent ExtendedPrice OpenQty OrderQty"
        " QtyOnShipments UnbilledAmount UnitCost UnitPrice AverageCost"
    )
    | integers("LineNbr InvoiceLineNbr AssociatedOrderLineNbr")
    | flags(
        "Completed FreeItem ManualDiscount ManualPrice MarkForPO Commissionable AutoCreateIssue"
        " CalculateDiscountsOnImport"
    )
    | days("RequestedOn ShipOn SchedOrderDate")
    | guids("NoteID"),
    keys=("LineNbr",),
)
_CARD_TRANSACTION = Shape(
    "SalesOrderCreditCardTransactionDetail",
    texts("TranNbr TranType AuthNbr") | days("TranDate") | flags("NeedValidation"),
)
_ORDER_PAYMENT = Shape(
    "SalesOrderPayment",
    texts(
        "CardAccountNbr CashAccount Currency Description DocType OrigTransactionNbr PaymentMethod"
        " PaymentRef ProcessingCenterID ReferenceNbr Status ExternalRef"
    )
    | decimals("AppliedToOrder Balance PaymentAmount TransferredtoInvoice")
    | flags("Authorize Capture Hold Refund SaveCard ValidateCCRefundOrigTransaction")
    | days("ApplicationDate")
    | times("LastModifiedDateTime")
    | guids("NoteID"),
    details={"CreditCardTransactionInfo": _CARD_TRANSACTION},
    keys=("DocType", "ReferenceNbr"),
)
_ORDER_TAX = Shape(
    "TaxDetail",
    texts("CustomerTaxZone OrderNbr OrderType TaxID TaxType")
    | decimals("TaxableAmount TaxAmount TaxRate")
    | integers("LineNbr RecordID")
    | flags("IncludeInVATExemptTotal PendingVAT ReverseVAT StatisticalVAT"),
    keys=("TaxID",),
)
_ORDER_SHIPMENT = Shape(
    "SalesOrderShipment",
    texts("InventoryDocType InventoryRefNbr InvoiceNbr InvoiceType ShipmentNbr ShipmentType Status")
    | decimals("ShippedQty ShippedVolume ShippedWeight")
    | days("ShipmentDate")
    | times("LastModifiedDateTime"),
    keys=("ShipmentNbr",),
)
_ORDER_DISCOUNT = Shape(
    "SalesOrdersDiscountDetails",
    texts("DiscountCode Description ExternalDiscountCode SequenceID Type")
    | decimals("DiscountAmount DiscountPercent DiscountableAmount DiscountableQty")
    | flags("SkipDiscount ManualDiscount"),
)
TOTALS = Shape(
    "Totals",
    decimals(
        "DiscountTotal LineTotalAmount MiscTotalAmount TaxTotal UnbilledAmount UnbilledQty"
        " UnpaidBalance Freight FreightCost PremiumFreight OrderWeight OrderVolume"
    )
    | texts("FreightTaxCategory")
    | flags("OverrideFreightAmount FreightCostIsuptodate"),
)
_SHIPPING = Shape(
    "ShippingSettings",
    texts(
        "FOBPoint PreferredWarehouseID ShippingRule ShippingTerms ShippingZone ShipVia"
        " FreightTaxCategory"
    )
    | decimals("FreightPrice FreightCost PremiumFreight OrderWeight OrderVolume")
    | flags("Canceled OverrideFreightPrice ResidentialDelivery SaturdayDelivery ShipSeparately")
    | integers("Priority")
    | days("ScheduledShipmentDate CancelByDate"),
)
_FINANCIAL = Shape(
    "FinancialSettings",
    texts(
        "Branch CustomerTaxZone EntityUsageType InvoiceNbr OriginalOrderNbr OriginalOrderType"
        " Owner PostPeriod Terms"
    )
    | flags("BillSeparately OverrideTaxZone")
    | days("CashDiscountDate DueDate InvoiceDate"),
)

SALES_ORDER = Shape(
    "SalesOrder",
    texts(
        "BaseCurrencyID Branch CashAccount ContactID CurrencyID CurrencyRateTypeID CustomerID"
        " CustomerOrder Description DestinationWarehouseID ExternalRef LocationID OrderNbr"
        " OrderType PaymentMethod PreferredWarehouseID Project ShipVia Status ExternalRefundRef"
        " PaymentRef ExternalOrderOrigin ExternalOrderSource TaxCalcMode"
    )
    | decimals(
        "ControlTotal CurrencyRate OrderedQty OrderTotal TaxTotal VATExemptTotal VATTaxableTotal"
    )
    | flags(
        "Approved BillToAddressOverride BillToContactOverride CreditHold"
        " DisableAutomaticDiscountUpdate DisableAutomaticTaxCalculation Hold IsTaxValid"
        " ShipToAddressOverride ShipToContactOverride ExternalOrderOriginal WillCall"
    )
    | days("Date EffectiveDate RequestedOn")
    | times("LastModified CreatedDate")
    | guids("NoteID"),
    linked={
        "BillToAddress": ADDRESS,
        "BillToContact": DOC_CONTACT,
        "ShipToAddress": ADDRESS,
        "ShipToContact": DOC_CONTACT,
        "Totals": TOTALS,
        "ShippingSettings": _SHIPPING,
        "FinancialSettings": _FINANCIAL,
    },
    details={
        "Details": _ORDER_LINE,
        "Payments": _ORDER_PAYMENT,
        "TaxDetails": _ORDER_TAX,
        "Shipments": _ORDER_SHIPMENT,
        "DiscountDetails": _ORDER_DISCOUNT,
    },
    keys=("OrderType", "OrderNbr"),
    form="SO301000",
)

_INVOICE_LINE = Shape(
    "SalesInvoiceDetail",
    texts(
        "Account BranchID CostCode Description ExternalRef InventoryDocType InventoryID"
        " InventoryRefNbr Location LotSerialNbr OrderNbr OrderType OrigInvNbr OrigInvType"
        " ShipmentNbr SubAccount Subitem TaxCategory TransactionDescr UOM WarehouseID"
    )
    | decimals("Amount DiscountAmount DiscountPercent Qty UnitPrice")
    | integers("LineNbr OrderLineNbr OrigInvLineNbr")
    | flags("ManualDiscount ManualPrice CalculateDiscountsOnImport")
    | guids("NoteID"),
    keys=("LineNbr",),
)
_INVOICE_TAX = Shape(
    "SalesInvoiceTaxDetail",
    texts("TaxID") | decimals("TaxableAmount TaxAmount"),
    keys=("TaxID",),
)
_APPLIED_TO_INVOICE = Shape(
    "SalesInvoiceApplicationInvoice",
    texts(
        "AdjustedDocReferenceNbr AdjustingDocReferenceNbr Currency Customer Description DocType"
        " DocumentType PaymentPeriod PaymentRef Status"
    )
    | decimals("AmountPaid Balance CashDiscountTaken")
    | days("PaymentDate"),
)
_APPLIED_CREDIT = Shape(
    "SalesInvoiceApplicationCreditMemo",
    texts("Currency Customer CustomerOrder Description DocType PostPeriod ReferenceNbr Status")
    | decimals("AmountPaid Balance")
    | days("Date"),
    keys=("DocType", "ReferenceNbr"),
)
_INVOICE_FREIGHT = Shape(
    "SalesInvoiceFreightDetail",
    texts("Description ShipmentNbr ShipmentType")
    | decimals("FreightAmount FreightCost LineTotal PremiumFreightAmount TotalFreightAmount"),
)
_INVOICE_FINANCIAL = Shape("SalesInvoiceFinancialDetails", texts("BatchNbr Branch CustomerTaxZone"))
_INVOICE_ADDRESS = Shape(
    "SalesInvoiceAddress",
    texts("AddressLine1 AddressLine2 City Country PostalCode State"),
)
_INVOICE_CONTACT = Shape("SalesInvoiceDocContact", texts("Attention BusinessName Email Phone1"))

SALES_INVOICE = Shape(
    "SalesInvoice",
    texts(
        "Currency CustomerID CustomerOrder Description Project ReferenceNbr Status Type"
        " ExternalRef TaxCalcMode"
    )
    | decimals(
        "Amount Balance CashDiscount DetailTotal DiscountTotal FreightPrice PaymentTotal TaxTotal"
        " VATExemptTotal VATTaxableTotal"
    )
    | flags(
        "CreditHold Hold IsTaxValid BillToAddressOverride BillToContactOverride"
        " ShipToAddressOverride ShipToContactOverride"
    )
    | days("Date DueDate")
    | times("LastModifiedDateTime LastModifiedDate CreatedDate"),
    linked={
        "FinancialDetails": _INVOICE_FINANCIAL,
        "BillToAddress": _INVOICE_ADDRESS,
        "BillToContact": _INVOICE_CONTACT,
        "ShipToAddress": _INVOICE_ADDRESS,
        "ShipToContact": _INVOICE_CONTACT,
    },
    details={
        "Details": _INVOICE_LINE,
        "TaxDetails": _INVOICE_TAX,
        "ApplicationsInvoice": _APPLIED_TO_INVOICE,
        "ApplicationsCreditMemo": _APPLIED_CREDIT,
        "FreightDetails": _INVOICE_FREIGHT,
    },
    keys=("Type", "ReferenceNbr"),
    form="SO303000",
)

_DOCUMENT_TO_APPLY = Shape(
    "PaymentDetail",
    texts("CustomerOrder Description DocType ReferenceNbr WriteOffReasonCode")
    | decimals("AmountPaid BalanceWriteOff CashDiscountTaken")
    | integers("DocLineNbr"),
    keys=("DocType", "ReferenceNbr"),
)
_ORDER_TO_APPLY = Shape(
    "PaymentOrderDetail",
    texts("OrderNbr OrderType") | decimals("AppliedToOrder"),
    keys=("OrderType", "OrderNbr"),
)
_APPLIED = Shape(
    "PaymentApplicationHistoryDetail",
    texts(
        "AdjustedDocType AdjustedRefNbr AdjustingDocType AdjustingRefNbr ApplicationPeriod BatchNbr"
        " CurrencyID Customer CustomerOrder Description DisplayDocType DisplayRefNbr PostPeriod"
    )
    | decimals("AmountPaid Balance BalanceWriteOff CashDiscountTaken")
    | days("Date"),
)

PAYMENT = Shape(
    "Payment",
    texts(
        "Branch BranchID CashAccount CurrencyID CustomerID CustomerLocationID Description"
        " ExternalRef OrigTransaction PaymentMethod PaymentRef ProcessingCenterID ReferenceNbr"
        " Status Type"
    )
    | decimals("AppliedToDocuments AppliedToOrders AvailableBalance PaymentAmount")
    | flags("Hold IsCCPayment IsNewCard SaveCard")
    | days("ApplicationDate")
    | times("LastModifiedDateTime")
    | guids("NoteID"),
    details={
        "DocumentsToApply": _DOCUMENT_TO_APPLY,
        "OrdersToApply": _ORDER_TO_APPLY,
        "ApplicationHistory": _APPLIED,
        "CreditCardTransactionInfo": Shape(
            "CreditCardTransactionDetail",
            texts("TranNbr TranType AuthNbr") | days("TranDate") | flags("NeedValidation"),
        ),
    },
    keys=("Type", "ReferenceNbr"),
    form="AR302000",
    one_at_a_time=frozenset(
        {"DocumentsToApply", "OrdersToApply", "ApplicationHistory", "CreditCardTransactionInfo"}
    ),
)
