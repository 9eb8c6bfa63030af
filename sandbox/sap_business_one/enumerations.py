"""The enumerations in use: the names that JSON carries, and the codes that filters also take."""

ENUMERATIONS: dict[str, dict[str, str]] = {
    "BoYesNoEnum": {"tNO": "N", "tYES": "Y"},
    "BoCardTypes": {"cCustomer": "C", "cSupplier": "S", "cLid": "L"},
    "BoCardCompanyTypes": {"cCompany": "C", "cPrivate": "I", "cGovernment": "G", "cEmployee": "E"},
    "BoAddressType": {"bo_ShipTo": "S", "bo_BillTo": "B"},
    "BoStatus": {
        "bost_Open": "O", "bost_Close": "C", "bost_Paid": "P", "bost_Delivered": "D",
    },
    "CancelStatusEnum": {"csYes": "Y", "csNo": "N", "csCancellation": "C"},
    "DocumentAuthorizationStatusEnum": {
        "dasWithout": "-", "dasPending": "W", "dasApproved": "Y", "dasRejected": "N",
        "dasGenerated": "P", "dasGeneratedbyAuthorizer": "A", "dasCancelled": "C",
    },
    "PaymentsAuthorizationStatusEnum": {
        "pasWithout": "-", "pasPending": "W", "pasApproved": "Y", "pasRejected": "N",
        "pasGenerated": "P", "pasGeneratedbyAuthorizer": "A", "pasCancelled": "C",
    },
    "BoDocumentTypes": {"dDocument_Items": "I", "dDocument_Service": "S"},
    "BoObjectTypes": {
        "oInvoices": "13", "oCreditNotes": "14", "oDeliveryNotes": "15", "oOrders": "17",
    },
    "BoRcptTypes": {"rCustomer": "C", "rAccount": "A", "rSupplier": "S"},
    "BoRcptInvTypes": {"it_Invoice": "13", "it_CredItnote": "14", "it_DownPayment": "203"},
    "BoPaymentsObjectType": {"bopot_IncomingPayments": "24", "bopot_OutgoingPayments": "46"},
    "BoRcptCredTypes": {"cr_Regular": "S", "cr_Telephone": "U", "cr_InternetTransaction": "I"},
    "ItemTypeEnum": {"itItems": "I", "itLabor": "L", "itTravel": "T", "itFixedAssets": "F"},
    "BoItemTreeTypes": {
        "iNotATree": "N", "iAssemblyTree": "A", "iSalesTree": "S", "iProductionTree": "P",
        "iTemplateTree": "T", "iIngredient": "I",
    },
    "BoInventorySystem": {
        "bis_MovingAverage": "A", "bis_Standard": "S", "bis_FIFO": "F", "bis_SNB": "B",
    },
    "BoVatStatus": {"vExempted": "N", "vLiable": "Y", "vEC": "E"},
    "BoVatCategoryEnum": {"bovcInputTax": "I", "bovcOutputTax": "O"},
    "BoAccountTypes": {"at_Revenues": "I", "at_Expenses": "E", "at_Other": "N"},
    "BoFieldTypes": {
        "db_Alpha": "A", "db_Memo": "M", "db_Numeric": "N", "db_Date": "D", "db_Float": "B",
    },
    "BoFldSubTypes": {
        "st_None": "", "st_Address": "?", "st_Phone": "#", "st_Time": "T", "st_Rate": "R",
        "st_Sum": "S", "st_Price": "P", "st_Quantity": "Q", "st_Percentage": "%",
        "st_Measurement": "M", "st_Link": "B", "st_Image": "I",
    },
    "BoAdEpnsDistribMethods": {
        "aedm_None": "N", "aedm_Quantity": "Q", "aedm_Volume": "V", "aedm_Weight": "W",
        "aedm_Equally": "E", "aedm_RowTotal": "T",
    },
}  # fmt: skip


def stored_code(enumeration: str, name: str) -> str:
    """The code that the database keeps for a member."""
    return ENUMERATIONS[enumeration][name]


def member(enumeration: str, text: str) -> str | None:
    """The member that a name or a code stands for; None when neither."""
    members = ENUMERATIONS[enumeration]
    if text in members:
        return text
    return next((name for name, code in members.items() if code == text), None)
