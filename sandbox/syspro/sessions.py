"""Logons: one live session per operator, a limited number of seats, and tokens that die."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sandbox.syspro.refusals import BrokenDocument
from sandbox.syspro.settings import SysproSettings

_INSTANCE = "00"


@dataclass
class Session:
    """One operator logged on to one company."""

    token: str
    operator: str
    last_used: datetime


class Sessions:
    """Who is logged on. Failures are plain texts, as e.net answers them."""

    def __init__(self, settings: SysproSettings) -> None:
        self._settings = settings
        self._by_operator: dict[str, Session] = {}
        self.logons = 0
        """How often the operator's logon succeeded since the start."""

    @property
    def live(self) -> int:
        """Seats taken."""
        return len(self._by_operator)

    def logon(self, operator: str, password: str, company: str, company_password: str) -> str:
        """A token with its trailing spaces; an older session of the operator dies."""
        settings = self._settings
        if operator.upper() != settings.operator.upper():
            raise BrokenDocument("ERROR: Invalid operator code")
        if password != settings.operator_password:
            raise BrokenDocument("ERROR: Invalid operator password")
        if company.upper() != settings.company_id.upper():
            raise BrokenDocument(f"ERROR: Company '{company}' not found")
        if company_password != settings.company_password:
            raise BrokenDocument("ERROR: Invalid company password")
        token = self._open(operator.upper())
        self.logons += 1
        return token

    def steal(self) -> None:
        """A person logs on with the integration's operator; its session dies."""
        self._open(self._settings.operator.upper())

    def occupy(self, seats: int) -> None:
        """Other operators take that many seats and do not leave."""
        for number in range(seats):
            name = f"OTHER{number}"
            self._by_operator[name] = Session(
                secrets.token_hex(16), name, datetime.max.replace(tzinfo=UTC)
            )

    def vacate(self) -> None:
        """The other operators log off."""
        for name in [name for name in self._by_operator if name.startswith("OTHER")]:
            del self._by_operator[name]

    def expire(self) -> None:
        """The operator's session ends as after a long pause."""
        self._by_operator.pop(self._settings.operator.upper(), None)

    def logoff(self, token: str) -> None:
        """Ends a session; raises for a token that is not one of ours."""
        token = token.strip()
        session = self._find(token)
        if session is None:
            if token[-2:] != _INSTANCE:
                # The last digits choose the instance, and with it a registry string.
                instance = token[-2:].rstrip("0") or "0"
                text = "Unable to read the SYSPRO base directory registry string BaseDir"
                raise BrokenDocument(f"ERROR: {text}{instance}")
            raise BrokenDocument(self._settings.session_error)
        del self._by_operator[session.operator]

    def use(self, token: str) -> Session:
        """The session of a token, refreshed; raises the site's wording for a dead one."""
        session = self._find(token.strip())
        if session is None:
            raise BrokenDocument(self._settings.session_error)
        session.last_used = datetime.now(UTC)
        return session

    def _find(self, token: str) -> Session | None:
        live = self._by_operator.values()
        return next((one for one in live if one.token.strip() == token), None)

    def _open(self, operator: str) -> str:
        self._by_operator.pop(operator, None)
        if len(self._by_operator) >= self._settings.seats:
            self._drop_idle()
        if len(self._by_operator) >= self._settings.seats:
            raise BrokenDocument(self._settings.no_seat_error)
        token = self._token()
        self._by_operator[operator] = Session(token, operator, datetime.now(UTC))
        return token

    def _drop_idle(self) -> None:
        limit = datetime.now(UTC) - timedelta(seconds=self._settings.idle_timeout_seconds)
        for name, session in list(self._by_operator.items()):
            if session.last_used < limit:
                del self._by_operator[name]

    def _token(self) -> str:
        if self._settings.token_form == "7":
            return f"{secrets.token_hex(16).upper()}{_INSTANCE}  "
        return f"{secrets.token_hex(32).upper()}{_INSTANCE}".ljust(75)
