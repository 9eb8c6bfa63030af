"""A runnable SYSPRO: e.net REST and OData in front of a ledger that enforces what SYSPRO does."""

from sandbox.syspro.app import SysproStandIn
from sandbox.syspro.settings import SysproSettings

__all__ = ["SysproSettings", "SysproStandIn"]
