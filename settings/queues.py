"""The names of the task queues: workflows and reads on one, each ERP's writes on its own."""

from settings.model import TemporalSettings


def sync_queue(settings: TemporalSettings) -> str:
    """Name the queue of the workflows and of what needs no limit."""
    return f"{settings.queue_prefix}sync"


def erp_queue(settings: TemporalSettings, erp_type: str) -> str:
    """Name the queue on which one ERP is written to; its limits live there."""
    return f"{settings.queue_prefix}erp-{erp_type}"
