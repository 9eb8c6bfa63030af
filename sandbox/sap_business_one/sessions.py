"""Who is logged in, and what a login that fails says."""

import secrets
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sandbox.sap_business_one.refusals import dead_session, login_failed, wrong_credentials
from sandbox.sap_business_one.settings import SapSettings


class Sessions:
    """The company's sessions by id, each with the time of its last use."""

    def __init__(self, settings: SapSettings) -> None:
        self._settings = settings
        self._last_used: dict[str, datetime] = {}
        self._logging_in = 0
        self.logins = 0
        """How often a login succeeded since the start."""

    @property
    def live(self) -> int:
        """How many sessions there are, the idle ones too."""
        return len(self._last_used)

    def begin_login(self) -> None:
        """One login more is under way; raises when that is one too many."""
        if self._logging_in >= self._settings.max_parallel_logins:
            raise login_failed()
        self._logging_in += 1

    def end_login(self) -> None:
        """A login that was under way has been answered."""
        self._logging_in -= 1

    def login(self, company: object, user: object, password: object) -> str:
        """A new session's id; older ones of the user live on."""
        settings = self._settings
        if company != settings.company_db:
            raise wrong_credentials(-306)
        matches = secrets.compare_digest(str(password).encode(), settings.password.encode())
        if user != settings.username or not matches:
            raise wrong_credentials(-304)
        session = str(uuid.uuid4())
        self._last_used[session] = datetime.now(UTC)
        self.logins += 1
        return session

    def use(self, cookies: Mapping[str, str]) -> str:
        """The session of a request, refreshed; raises for one that is dead or was never alive."""
        session = cookies.get("B1SESSION", "")
        used = self._last_used.get(session)
        limit = datetime.now(UTC) - timedelta(minutes=self._settings.session_minutes)
        if used is None or used < limit:
            self._last_used.pop(session, None)
            raise dead_session()
        self._last_used[session] = datetime.now(UTC)
        return session

    def logout(self, session: str) -> None:
        """Ends a session."""
        self._last_used.pop(session, None)

    def drop(self) -> None:
        """Every session is gone, as after a restart of the server or a long pause."""
        self._last_used.clear()
