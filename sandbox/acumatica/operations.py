"""Long operations: an action is accepted, runs behind the request, and is asked after."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

from sandbox.acumatica.refusals import HttpRefusal, Invalid


@dataclass
class LongOperation:
    """One action under way. It lands when asked often enough, or after its time if nobody asks."""

    work: Callable[[], None]
    polls: int
    id: str = field(default_factory=lambda: str(uuid4()))
    done: bool = False
    failure: Invalid | HttpRefusal | None = None

    def start(self, seconds: float) -> None:
        """Lets the operation land by itself after so many seconds."""
        asyncio.get_running_loop().call_later(seconds, self.finish)

    def finish(self) -> None:
        """Does the work, once."""
        if self.done:
            return
        self.done = True
        try:
            self.work()
        except (Invalid, HttpRefusal) as refusal:
            self.failure = refusal

    def ask(self) -> bool:
        """Whether it is done, after one more status request."""
        if self.polls > 0 and not self.done:
            self.polls -= 1
            return False
        self.finish()
        return True
