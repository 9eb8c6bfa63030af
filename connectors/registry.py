"""Which systems there are. Adding one is a line here and a folder beside this file."""

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from connectors.acumatica.connector import acumatica
from connectors.acumatica.notifications import AcumaticaNotifications, hint_source
from connectors.acumatica.settings import AcumaticaSettings
from connectors.bigcommerce.connector import bigcommerce
from connectors.bigcommerce.settings import BigCommerceSettings
from connectors.contract import Erp, Store
from connectors.hints import HintSource
from connectors.sap_business_one.connector import sap_business_one
from connectors.sap_business_one.settings import SapBusinessOneSettings
from connectors.sessions import Sessions
from connectors.syspro.connector import syspro
from connectors.syspro.settings import SysproSettings


class Closable(Protocol):
    """Something that holds network connections open."""

    async def aclose(self) -> None:
        """Let go of them."""
        ...


class OpenStore(Store, Closable, Protocol):
    """A store that must be closed."""


class OpenErp(Erp, Closable, Protocol):
    """An ERP that must be closed."""


class SystemMisconfigured(Exception):
    """A system's settings are wrong; the message names each fault without its value."""


Config = Mapping[str, object]
_S = TypeVar("_S", bound=BaseModel)
_B = TypeVar("_B")


def open_store(config: Config) -> OpenStore:
    """Build the store that a connection's settings describe; nothing is sent yet.

    Raises:
        SystemMisconfigured: there is no such type, or a setting is missing or wrong.
    """
    return _STORES[_type_of(config, _STORES, "store")](config)


def open_erp(config: Config, sessions: Sessions) -> OpenErp:
    """Build the ERP that a connection's settings describe; nothing is sent yet. As `open_store`."""
    return _ERPS[_type_of(config, _ERPS, "erp")](config, sessions)


def hints_of(config: Config) -> HintSource | None:
    """Return how the ERP tells of changes by itself; None: it cannot, or is not set up to.

    Raises:
        SystemMisconfigured: a setting of its `notifications` is missing or wrong.
    """
    told = _HINTS.get(str(config.get("type")))
    wanted = config.get("notifications")
    return told(wanted) if told is not None and wanted is not None else None


def _store(model: type[_S], build: Callable[[_S], OpenStore]) -> Callable[[Config], OpenStore]:
    return lambda config: _built(lambda: build(_validated(model, config, "store")), "store")


def _erp(
    model: type[_S], build: Callable[[_S, Sessions], OpenErp]
) -> Callable[[Config, Sessions], OpenErp]:
    return lambda config, sessions: _built(
        lambda: build(_validated(model, config, "erp"), sessions), "erp"
    )


def _built(build: Callable[[], _B], side: str) -> _B:
    try:
        return build()
    except ValueError as error:  # of the connection's ca_file, or of the environment's proxy
        raise SystemMisconfigured(f"{side}: {error}.") from error


_STORES: Mapping[str, Callable[[Config], OpenStore]] = {
    "bigcommerce": _store(BigCommerceSettings, bigcommerce),
}
_ERPS: Mapping[str, Callable[[Config, Sessions], OpenErp]] = {
    "sap-business-one": _erp(SapBusinessOneSettings, sap_business_one),
    "acumatica": _erp(AcumaticaSettings, acumatica),
    "syspro": _erp(SysproSettings, syspro),
}
_HINTS: Mapping[str, Callable[[object], HintSource | None]] = {
    "acumatica": lambda table: hint_source(_validated_part(AcumaticaNotifications, table)),
}


def _type_of(config: Config, kinds: Mapping[str, object], side: str) -> str:
    kind = config.get("type")
    if not isinstance(kind, str) or kind not in kinds:
        known = ", ".join(sorted(kinds))
        raise SystemMisconfigured(f"{side}.type is {kind!r}; there are connectors for: {known}.")
    return kind


def _validated(model: type[_S], config: Config, side: str) -> _S:
    return _validated_part(model, {k: v for k, v in config.items() if k != "type"}, side)


def _validated_part(model: type[_S], table: object, where: str = "erp.notifications") -> _S:
    try:
        return model.model_validate(table)
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, (where, *fault['loc'])))}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False)
        ]
        raise SystemMisconfigured("; ".join(faults)) from None
