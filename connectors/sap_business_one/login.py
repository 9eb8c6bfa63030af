"""Logs in, and keeps the cookies by hand.

The cookie that SAP sets has no path, so that a cookie jar would lose it between /v1 and /v2.
"""

import re

from connectors.errors import Unavailable
from connectors.sap_business_one.settings import SapBusinessOneSettings
from connectors.sap_business_one.verdict import login_failure
from connectors.sap_business_one.wire import encoded
from connectors.transport import Effect, Transport

_COOKIE = re.compile(r"\s*(B1SESSION|ROUTEID)=([!#-+\--:<-\[\]-~]{1,200})")


def root(settings: SapBusinessOneSettings) -> str:
    """Return the address below which the chosen protocol is spoken."""
    return f"{settings.base_url}/b1s/{settings.protocol}"


async def log_in(settings: SapBusinessOneSettings, transport: Transport) -> str:
    """Start a session and return the Cookie header that carries it: session, and node behind it.

    Raises:
        CredentialsRejected: SAP knows no such user, password or company.
        Unavailable: no answer, or not now; logging in several times at once fails, too.
    """
    response = await transport.send(
        "POST",
        f"{root(settings)}/Login",
        operation="Login",
        effect=Effect.READ,
        content=encoded(
            {
                "CompanyDB": settings.company_db,
                "UserName": settings.username,
                "Password": settings.password.get_secret_value(),
                "Language": settings.language,
            }
        ),
        headers={"Content-Type": "application/json"},
        read_seconds=settings.profile.login_seconds,
    )
    if not response.is_success:
        raise login_failure(response, settings.company_db, settings.username)
    cookies: dict[str, str] = {}
    for header in response.headers.get_list("Set-Cookie"):
        if match := _COOKIE.match(header):
            cookies[match[1]] = match[2]
    if "B1SESSION" not in cookies:
        raise Unavailable("SAP Business One gave an unexpected answer to the log-in.")
    return "; ".join(f"{name}={cookies[name]}" for name in sorted(cookies))
