"""What a storm came to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import quantiles

from domain.record import Record
from starters.faults.storm.sender import Told


class Answers(Record):
    """The answers to one wave. Milliseconds run from the moment at which a webhook was due."""

    sent: int
    answered_200: int
    other_answers: Mapping[str, int]  # by status; `none` if none came
    sent_per_second: float
    p50_ms: float
    p99_ms: float
    longest_ms: float


class StormResult(Record):
    """The whole run. `lost` are acknowledged webhooks that Temporal was never told of."""

    rate: int
    seconds: int
    processors: int
    temporal_kills: int
    stream: Answers
    burst: Answers
    through_the_inbox: int
    inbox_empty_after_seconds: float
    lost: int

    @property
    def passed(self) -> bool:
        """Tell whether nothing was lost and nothing refused."""
        refused = self.stream.other_answers or self.burst.other_answers
        return self.lost == 0 and not refused


def answers(told: Sequence[Told]) -> Answers:
    """Count one wave's answers; of a wave of nothing there is nothing to tell."""
    times = sorted(each.seconds * 1000 for each in told if each.status is not None)
    cuts = quantiles(times, n=100, method="inclusive") if len(times) > 1 else [0.0] * 99
    others = Counter(str(each.status or "none") for each in told if each.status != 200)
    span = told[-1].sent_at - told[0].sent_at if len(told) > 1 else 0.0
    return Answers(
        sent=len(told),
        answered_200=sum(each.status == 200 for each in told),
        other_answers=dict(others),
        sent_per_second=round((len(told) - 1) / span, 1) if span else 0.0,
        p50_ms=round(cuts[49], 1),
        p99_ms=round(cuts[98], 1),
        longest_ms=round(times[-1], 1) if times else 0.0,
    )
