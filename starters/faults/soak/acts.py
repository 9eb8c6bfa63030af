"""What can happen in a soak, as data: acts of shoppers and merchants, and what goes wrong."""

import hashlib
from collections.abc import Mapping
from signal import Signals
from typing import Annotated, Literal

from pydantic import Field

from domain.record import Record
from sandbox.bigcommerce.drafts import Afterward, OrderDraft
from sandbox.faults import Fault
from starters.faults.systems import Ending

Side = Literal["store", "erp"]
Part = Literal["worker", "serve", "temporal"]


class Place(Record):
    """A shopper checks out."""

    act: Literal["place"] = "place"
    draft: OrderDraft


class FollowUp(Record):
    """Something happens to an order placed before; `order` counts the placed ones from 0."""

    act: Literal["follow-up"] = "follow-up"
    order: int
    action: Afterward


class ChangeCustomer(Record):
    """A registered customer changes; the store numbers them from 1 as they first order."""

    act: Literal["change-customer"] = "change-customer"
    customer_id: int
    changes: Mapping[str, str]


class Meddle(Record):
    """The next webhooks are lost, late or repeated."""

    act: Literal["meddle"] = "meddle"
    fate: Literal["lose", "delay", "repeat"]
    count: int
    seconds: float = 0.0  # of delay
    times: int = 1  # of repetition


class Break(Record):
    """One call to a system will go wrong."""

    act: Literal["break"] = "break"
    side: Side
    fault: Fault


class EndSession(Record):
    """The ERP's session dies: taken by somebody else, or of old age."""

    act: Literal["end-session"] = "end-session"
    how: Ending


class Kill(Record):
    """A process of ours dies."""

    act: Literal["kill"] = "kill"
    part: Part
    by: Literal["SIGKILL", "SIGTERM"] = "SIGKILL"

    @property
    def signal(self) -> Signals:
        """Return the signal."""
        return Signals[self.by]


class Restart(Record):
    """A system goes away and comes back."""

    act: Literal["restart"] = "restart"
    side: Side
    seconds: float


Act = Annotated[
    Place | FollowUp | ChangeCustomer | Meddle | Break | EndSession | Kill | Restart,
    Field(discriminator="act"),
]


class Script(Record):
    """Everything that will happen, in order."""

    seed: int
    orders: int
    acts: tuple[Act, ...]

    @property
    def digest(self) -> str:
        """Return what tells two scripts apart."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]
