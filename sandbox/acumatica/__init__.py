"""A runnable Acumatica: the contract-based REST API in front of a ledger that keeps its rules.

`AcumaticaStandIn(settings)` has `.app` (ASGI), `.settings` (knobs, read at every request), `.books`
(the ledger), `.faults`, `.sessions`, `.identity`, `.push`; see its docstring for the verbs.
"""

from sandbox.acumatica.app import AcumaticaStandIn
from sandbox.acumatica.settings import AcumaticaSettings

__all__ = ["AcumaticaSettings", "AcumaticaStandIn"]
