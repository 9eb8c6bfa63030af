"""From a seed to everything that will happen. Pure: the same arguments give the same script."""

import heapq
import random
from collections.abc import Iterator

from sandbox.bigcommerce.drafts import OrderDraft
from sandbox.faults import Fault, FaultKind
from starters.faults.soak.acts import (
    Act,
    Break,
    ChangeCustomer,
    EndSession,
    FollowUp,
    Kill,
    Meddle,
    Place,
    Restart,
    Script,
    Side,
)
from starters.faults.soak.trade import drafts, follow_ups
from starters.faults.systems import ErpUnderFault

# `HOLD` stops a call for somebody to act meanwhile; it is no failure. A proxy not all have.
KINDS = tuple(kind for kind in FaultKind if kind not in (FaultKind.HOLD, FaultKind.BAD_GATEWAY))

# Longer than the clients of a soak wait for an answer, and shorter than they allow a late commit.
HANG_SECONDS = 6.0
LATE_SECONDS = 1.5

# No ERP has rate limit headers of its own; what stands before it may send this one.
_RETRY_SOON = {"Retry-After": "1"}

_LONGEST_GAP = 60  # acts between an order and what follows it


def script_of(seed: int, orders: int, erp: ErpUnderFault) -> Script:
    """Write the script of a soak.

    Orders come in turn; what follows an order comes some acts later. Troubles are strewn between:
    a fault for every four orders, a disturbed webhook for every ten, and now and then a kill.
    """
    dice = random.Random(f"{seed}: script")
    acts = _trade(drafts(seed, orders), dice)
    for trouble in _troubles(orders, erp, random.Random(f"{seed}: troubles")):
        acts.insert(dice.randrange(len(acts) // 20, len(acts) + 1), trouble)
    return Script(seed=seed, orders=orders, acts=tuple(acts))


def _trade(placed: tuple[OrderDraft, ...], dice: random.Random) -> list[Act]:
    """Place the orders in turn and mix what follows them, and their customers, in between."""
    acts: list[Act] = []
    waiting: list[tuple[int, int, Act]] = []  # due at, a tie-breaker, what
    made = 0
    customers: dict[str, int] = {}
    for number, draft in enumerate(placed):
        while waiting and waiting[0][0] <= len(acts):
            acts.append(heapq.heappop(waiting)[2])
        acts.append(Place(draft=draft))
        due = len(acts)
        for action in follow_ups(draft, dice):
            due += dice.choice((0, 1, dice.randint(2, _LONGEST_GAP)))
            made += 1
            heapq.heappush(waiting, (due, made, FollowUp(order=number, action=action)))
        if draft.customer is not None:
            customer_id = customers.setdefault(draft.customer.email, len(customers) + 1)
            if dice.random() < 0.05:
                made += 1
                due = len(acts) + dice.randint(0, _LONGEST_GAP)
                heapq.heappush(waiting, (due, made, _changed(customer_id, dice)))
    acts += [heapq.heappop(waiting)[2] for _ in range(len(waiting))]
    return acts


def _changed(customer_id: int, dice: random.Random) -> ChangeCustomer:
    digits = dice.randint(1000, 9999)
    changes = dice.choice(({"phone": f"+1 512 555 {digits}"}, {"last_name": f"Søn-{digits}"}))
    return ChangeCustomer(customer_id=customer_id, changes=changes)


def _troubles(orders: int, erp: ErpUnderFault, dice: random.Random) -> Iterator[Act]:
    every = (*KINDS, *erp.besides)
    kinds: list[FaultKind] = []
    for _ in range(max(1, orders // 4)):
        # Dealt like cards, so that every kind turns up as often as the others.
        kinds = kinds or dice.sample(every, len(every))
        yield _break(kinds.pop(), erp, dice)
    for _ in range(max(2, orders // 10)):
        yield _meddle(dice)
    for _ in range(max(1, orders // 100)):
        yield EndSession(how=dice.choice(("steal-session", "expire-session")))
    for _ in range(max(1, orders // 500)):
        yield Kill(part="worker")
    for _ in range(max(1, orders // 700)):
        yield Kill(part="temporal")
    for _ in range(orders // 500):
        yield Kill(part="serve")
    for _ in range(orders // 700):
        yield Kill(part="worker", by="SIGTERM")
        yield Restart(side="erp", seconds=_away(dice))
        yield Restart(side="store", seconds=_away(dice))


def _away(dice: random.Random) -> float:
    return dice.randint(10, 40) / 10


def _break(kind: FaultKind, erp: ErpUnderFault, dice: random.Random) -> Break:
    side: Side = dice.choice(("store", "erp"))
    # Postings are few among the ERP's calls, and the ones that matter.
    path = erp.postings if side == "erp" and dice.random() < 0.5 else ""
    late = kind is FaultKind.LATE_COMMIT
    return Break(
        side=side,
        fault=Fault(
            kind=kind,
            path=path,
            after=dice.randint(0, 4),
            seconds=LATE_SECONDS if late else HANG_SECONDS,
            headers=_RETRY_SOON if (side, kind) == ("erp", FaultKind.THROTTLE) else {},
        ),
    )


def _meddle(dice: random.Random) -> Meddle:
    count = dice.randint(1, 6)
    match dice.choice(("lose", "delay", "repeat")):
        case "lose":
            return Meddle(fate="lose", count=count)
        case "delay":
            return Meddle(fate="delay", count=count, seconds=float(dice.randint(2, 12)))
        case _:
            return Meddle(fate="repeat", count=count, times=dice.randint(1, 3))
