"""The entities that a company sets up once: codes, price lists, accounts, fields, queries."""

from sandbox.sap_business_one.entity_types import entity_type

WAREHOUSE = entity_type(
    "Warehouse",
    text="WarehouseCode:8 WarehouseName:100 City:100 Country:3 State:3 ZipCode:20 Street:100",
    whole="BusinessPlaceID",
    enums={"BoYesNoEnum": "Inactive DropShip Nettable EnableBinLocations"},
    takes_user_fields=True,
)
ACCOUNT = entity_type(
    "ChartOfAccount",
    text="Code:15 Name:100 AcctCurrency:3 FormatCode FatherAccountKey ExternalCode",
    number="Balance",
    enums={
        "BoYesNoEnum": "ActiveAccount CashAccount LockManualTransaction FrozenFor ValidFor",
        "BoAccountTypes": "AccountType",
    },
    takes_user_fields=True,
)
ADDITIONAL_EXPENSE = entity_type(
    "AdditionalExpense",
    text="Name:20 RevenuesAccount:15 ExpenseAccount:15 OutputVATGroup:8",
    whole="ExpensCode DataVersion",
    enums={"BoYesNoEnum": "TaxLiable"},
    takes_user_fields=True,
)
SALES_TAX_CODE = entity_type(
    "SalesTaxCode",
    text="Code:8 Name:100",
    number="Rate",
    enums={"BoYesNoEnum": "ValidForAR ValidForAP Freight Inactive"},
)
VAT_RATE = entity_type("VatGroups_Line", number="Rate", date="Effectivefrom")
VAT_GROUP = entity_type(
    "VatGroup",
    text="Code:8 Name:50 TaxAccount:15",
    enums={"BoYesNoEnum": "Inactive", "BoVatCategoryEnum": "Category"},
    collections={"VatGroups_Lines": VAT_RATE},
)
PRICE_LIST = entity_type(
    "PriceList",
    text="PriceListName:32 DefaultPrimeCurrency:3",
    whole="PriceListNo BasePriceList",
    number="Factor",
    date="ValidFrom ValidTo",
    enums={"BoYesNoEnum": "IsGrossPrice Active"},
)
CURRENCY = entity_type("Currency", text="Code:3 Name:20 DocumentsCode:3")
USER_FIELD = entity_type(
    "UserFieldMD",
    text="Name:50 Description:80 TableName:20 DefaultValue:254 LinkedTable:20",
    whole="FieldID Size EditSize",
    enums={"BoFieldTypes": "Type", "BoFldSubTypes": "SubType", "BoYesNoEnum": "Mandatory"},
)
STATE = entity_type("State", text="Code:3 Country:3 Name:100")
BRANCH = entity_type("Branch", text="Name Description", whole="Code")
BUSINESS_PLACE = entity_type(
    "BusinessPlace",
    text="BPLName:100 DefaultWarehouseID:8 City:100 Country:3 State:3",
    whole="BPLID",
    enums={"BoYesNoEnum": "MainBPL Disabled"},
)
SQL_QUERY = entity_type(
    "SQLQuery", text="SqlCode:20 SqlName:100 SqlText ParamList", date="CreateDate UpdateDate"
)
