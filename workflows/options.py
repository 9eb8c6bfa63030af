"""How long each kind of activity may take and how it is retried. Outages are waited out."""

from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityConfig

_PATIENT = RetryPolicy(
    initial_interval=timedelta(seconds=2),
    backoff_coefficient=2,
    maximum_interval=timedelta(minutes=5),
)

# The heartbeat tells a dead worker within seconds, but later than a commit that was under way when
# it died can take to land.
_DEAD_AFTER = timedelta(seconds=20)

# Reads of the store and the journal.
FETCH = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=2),
    heartbeat_timeout=_DEAD_AFTER,
    retry_policy=_PATIENT,
)

# Writes to an ERP.
POST = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=10),
    heartbeat_timeout=_DEAD_AFTER,
    retry_policy=_PATIENT,
)

# Pages of a catch-up: many signals each.
PAGE = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=5),
    heartbeat_timeout=_DEAD_AFTER,
    retry_policy=_PATIENT,
)

# Bulk writes to a store. Setting the same again is harmless, so a dead worker need not be waited
# for until its last request must have ended.
PUSH = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=5),
    heartbeat_timeout=timedelta(seconds=10),
    retry_policy=_PATIENT,
)

# After this long without an answer the wait is shown as one.
SHOW_WAITING_AFTER = timedelta(seconds=60)
