"""Every setting, with its meaning and default. Read from tillbridge.toml, .env and environment."""

import re
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints, field_validator

from domain.mapping import RuleKind, Rules
from domain.plan import EditPolicy
from settings.customers import CustomerSettings
from settings.push import PushSettings
from settings.section import Section

ConnectionName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$")]


class TemporalSettings(Section):
    """Where Temporal is. The variables TEMPORAL_ADDRESS etc. of its own tools count as well."""

    address: str = Field("localhost:7233", description="Host and port of the Temporal frontend.")
    namespace: str = Field("default", description="The namespace that our workflows run in.")
    api_key: SecretStr | None = Field(None, description="API key, for Temporal Cloud.")
    tls: bool = Field(False, description="Use TLS. Implied by an API key.")
    queue_prefix: str = Field("", description="Put before every task queue's name.")
    manage_search_attributes: bool = Field(
        True, description="Create missing search attributes. Off on Temporal Cloud, by hand there."
    )


class JournalSettings(Section):
    """Where Tillbridge remembers what it did."""

    url: SecretStr = Field(
        SecretStr("sqlite+aiosqlite:///var/tillbridge.db"),
        description="SQLAlchemy URL: sqlite+aiosqlite:///FILE or postgresql+psycopg://...",
    )


class KeySettings(Section):
    """The encryption keys, `id:base64`, newest first, several separated by commas."""

    journal: SecretStr = Field(description="Encrypts secrets, sessions and snapshots at rest.")
    payloads: SecretStr = Field(description="Encrypts what Temporal stores.")


class WebhookServiceSettings(Section):
    """The service that stores call."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, description="Port to listen on.")
    public_url: str = Field(
        "http://127.0.0.1:8080", description="How stores reach the service; https in production."
    )


class CodecServerSettings(Section):
    """The service that lets the Temporal UI and CLI read encrypted payloads."""

    host: str = Field("127.0.0.1", description="Address to listen on; never public.")
    port: int = Field(8081, description="Port to listen on.")
    allowed_origins: tuple[str, ...] = Field(
        ("http://localhost:8233", "http://127.0.0.1:8233"),
        description="Where the Temporal UI is served from.",
    )
    token: SecretStr | None = Field(None, description="Bearer token that callers must show.")


class WorkerSettings(Section):
    """How much a worker process takes on at once."""

    max_cached_workflows: int = Field(500, description="Workflows kept in memory, 0.2 MB each.")
    max_activities: int = Field(20, description="Activities at once on the sync queue.")
    max_erp_activities: int = Field(8, description="Activities at once on each ERP's queue.")
    graceful_seconds: int = Field(90, description="Time to finish what is running at a stop.")
    build_id: str = Field(
        "",
        pattern=r"^([A-Za-z0-9][A-Za-z0-9._+-]{0,99})?$",
        description="Which build the worker runs, e.g. 0.3.0-3f9c. Empty: not told apart.",
    )


class WaitingSettings(Section):
    """How a store or an ERP that does not answer is waited for."""

    first_seconds: float = Field(
        2, gt=0, description="Wait after the first failed try; it doubles with every further one."
    )
    longest_seconds: float = Field(
        300, gt=0, description="Longest wait between two tries of one order, however long it lasts."
    )
    told_after_seconds: float = Field(
        5, ge=0, description="How long there must be no answer before it is told as an outage."
    )


class TelemetrySettings(Section):
    """Traces and metrics."""

    otlp_endpoint: str = Field("", description="OTLP/HTTP collector; empty: no traces leave.")
    prometheus: str = Field("", description="Address for the SDK's metrics, e.g. 0.0.0.0:9464.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")


class PolicySettings(Section):
    """What a connection has decided about its orders."""

    key_prefix: str = Field(
        description="Put before the order's id to make the ERP's document number, e.g. `BC-`. "
        "Unique to the connection; never change it once orders were posted."
    )
    edits: EditPolicy = Field(
        EditPolicy.HOLD, description="When a posted order is edited: `hold` it, or `amend` it."
    )
    tolerance: Decimal = Field(
        Decimal("0.05"), ge=0, description="Largest rounding difference that is booked by itself."
    )
    on_account_methods: frozenset[str] = Field(
        frozenset(), description="Payment methods whose unpaid orders are posted all the same."
    )
    report_back: bool = Field(True, description="Write the ERP document's number to the order.")
    payouts: bool = Field(
        True,
        description="Book the money of a refund as paid out of its clearing account, where the ERP "
        "can; else only its credit.",
    )
    create_customers: bool = Field(True, description="Open an ERP account for an unknown buyer.")
    customers_without_orders: bool = Field(
        False, description="Open ERP accounts for customers as they register, before they order."
    )
    placeholder_item: str = Field(
        "", description="ERP item for unknown SKUs. Empty: an unknown SKU holds the order."
    )
    linger_seconds: float = Field(
        10, description="How long a finished order's workflow waits for a late echo of its burst."
    )

    @field_validator("key_prefix")
    @classmethod
    def _plain_prefix(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Z0-9][A-Z0-9-]{0,7}", value):
            raise ValueError("use 1 to 8 characters out of A-Z, 0-9 and -, e.g. BC-")
        return value


class WebhookSettings(Section):
    """How a connection's webhooks are recognised."""

    path_secret: SecretStr = Field(description="The unguessable end of the webhook address.")
    client_secret: SecretStr | None = Field(
        None, description="The API account's client secret, which signs the webhooks."
    )
    previous_client_secret: SecretStr | None = Field(
        None, description="The one before, accepted while it is being replaced."
    )
    header_name: str = Field("X-Tillbridge-Token", description="Name of the custom header.")
    header_secret: SecretStr | None = Field(
        None, description="Sent by the store in that header; for accounts without signatures."
    )
    legacy_signature: bool = Field(False, description="Accept X-BC-Signature as well.")
    require_both: bool = Field(False, description="Require a signature and the custom header.")
    tolerance_seconds: int = Field(300, description="How old a signed delivery may be.")


class ScheduleSettings(Section):
    """When a connection looks by itself."""

    catch_up_minutes: int = Field(5, gt=0, description="How often to look for missed changes.")
    guardian_minutes: int = Field(15, gt=0, description="How often to look after the webhooks.")
    overlap_minutes: int = Field(
        10, ge=0, description="How far each look reaches back into the last."
    )
    first_look_hours: int = Field(24, ge=0, description="How far back the very first look reaches.")

    @property
    def overlap(self) -> timedelta:
        """Return the overlap as a duration."""
        return timedelta(minutes=self.overlap_minutes)


class ConnectionSettings(Section):
    """One store and one ERP. `store` and `erp` take what docs/ lists for their `type`."""

    store: dict[str, object] = Field(description="`type` and that store's settings.")
    erp: dict[str, object] = Field(description="`type` and that ERP's settings.")
    policy: PolicySettings
    webhooks: WebhookSettings
    schedules: ScheduleSettings = ScheduleSettings()  # pyright: ignore[reportCallIssue]
    push: PushSettings = PushSettings()
    customers: CustomerSettings = CustomerSettings()  # pyright: ignore[reportCallIssue]
    mappings: dict[RuleKind, dict[str, str]] = Field(
        default_factory=dict[RuleKind, dict[str, str]],
        description="Mapping rules kept with the settings; those of `tillbridge map` go first.",
    )

    @property
    def erp_type(self) -> str:
        """Return the ERP's type, which names its task queue."""
        return str(self.erp.get("type", ""))

    def rules_with(self, journal_rules: Rules) -> Rules:
        """Lay the journal's rules over those of the settings."""
        kinds = {*self.mappings, *journal_rules.table}
        return Rules(
            table={
                kind: {**self.mappings.get(kind, {}), **journal_rules.table.get(kind, {})}
                for kind in kinds
            }
        )


class Settings(Section):
    """The whole of tillbridge.toml."""

    temporal: TemporalSettings = TemporalSettings()  # pyright: ignore[reportCallIssue]
    journal: JournalSettings = JournalSettings()  # pyright: ignore[reportCallIssue]
    keys: KeySettings
    webhook_service: WebhookServiceSettings = WebhookServiceSettings()  # pyright: ignore[reportCallIssue]
    codec_server: CodecServerSettings = CodecServerSettings()  # pyright: ignore[reportCallIssue]
    worker: WorkerSettings = WorkerSettings()  # pyright: ignore[reportCallIssue]
    waiting: WaitingSettings = WaitingSettings()  # pyright: ignore[reportCallIssue]
    telemetry: TelemetrySettings = TelemetrySettings()  # pyright: ignore[reportCallIssue]
    connections: dict[ConnectionName, ConnectionSettings] = Field(
        default_factory=dict[str, ConnectionSettings]
    )
    folder: Path = Field(Path("."), description="Where the settings file lies; set by the loader.")

    @field_validator("connections")
    @classmethod
    def _prefixes_of_their_own(
        cls, value: dict[str, ConnectionSettings]
    ) -> dict[str, ConnectionSettings]:
        prefixes = {name: connection.policy.key_prefix for name, connection in value.items()}
        for (one, short), (other, long) in permutations(prefixes.items(), 2):
            # BC + 118 and BC1 + 18 would be the same number.
            if long.startswith(short) and re.fullmatch("[0-9]*", long.removeprefix(short)):
                raise ValueError(
                    f"'{one}' and '{other}' have the policy.key_prefix {short} and {long}; their "
                    "documents' numbers could meet, so every connection needs its own"
                )
        return value

    def connection(self, name: str) -> ConnectionSettings:
        """Return one connection's settings.

        Raises:
            KeyError: there is none of that name; the message lists those there are.
        """
        if name not in self.connections:
            known = ", ".join(self.connections) or "none yet"
            raise KeyError(f"There is no connection '{name}'. Configured: {known}.")
        return self.connections[name]
