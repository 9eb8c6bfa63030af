"""The ERP stand-ins by the type that a connection's settings name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sandbox.acumatica import AcumaticaSettings, AcumaticaStandIn
from sandbox.acumatica import access as acumatica
from sandbox.common_ledger import ErpStandIn
from sandbox.sap_business_one import SapBusinessOneStandIn, SapSettings
from sandbox.sap_business_one import access as sap_business_one
from sandbox.syspro import SysproSettings, SysproStandIn
from sandbox.syspro import access as syspro


@dataclass(frozen=True)
class ErpKind:
    """How to open a stand-in of that kind and how a connection reaches it."""

    title: str
    open: Callable[[date | None], ErpStandIn]
    """Opens one; the date stands still where it is given."""
    access: Callable[[Any, str], dict[str, object]]
    """The connection's `erp` table, from the stand-in's settings and its address."""
    mappings: Mapping[str, Mapping[str, str]]
    rehearsed: Callable[[Mapping[str, object]], dict[str, object]]
    """What of a merchant's `erp` table decides how it posts, with codes known to the stand-in."""
    selling_warehouse: str
    """Where the goods of web orders lie."""
    settings_for_stock: Mapping[str, object]
    """What is added to the `erp` table so that posted orders take goods out of stock."""


ERPS: Mapping[str, ErpKind] = {
    "syspro": ErpKind(
        title="SYSPRO",
        open=lambda today: SysproStandIn(SysproSettings(today=today)),
        access=syspro.erp_access,
        mappings=syspro.MAPPINGS,
        rehearsed=syspro.rehearsed,
        selling_warehouse="FG",
        settings_for_stock={
            "strategy": "sales-order",
            "warehouse": "FG",
            "rounding_class": "ROUNDING",
        },
    ),
    "acumatica": ErpKind(
        title="Acumatica",
        open=lambda today: AcumaticaStandIn(AcumaticaSettings(today=today)),
        access=acumatica.erp_access,
        mappings=acumatica.MAPPINGS,
        rehearsed=acumatica.rehearsed,
        selling_warehouse="MAIN",
        settings_for_stock={},
    ),
    "sap-business-one": ErpKind(
        title="SAP Business One",
        open=lambda today: SapBusinessOneStandIn(SapSettings(today=today)),
        access=sap_business_one.erp_access,
        mappings=sap_business_one.MAPPINGS,
        rehearsed=sap_business_one.rehearsed,
        selling_warehouse="01",
        settings_for_stock={},
    ),
}
