"""The way to an outside system: which certificates count, and whether a proxy is gone through."""

import ipaddress
import ssl
from functools import cache
from pathlib import Path
from urllib.request import getproxies_environment, proxy_bypass

import httpx

# OpenSSL's verdicts (x509_vfy.h), by what a person can do about them.
_NOT_YET_VALID, _EXPIRED = 9, 10
_OTHER_HOST = frozenset({62, 63, 64})
_UNKNOWN_AUTHORITY = frozenset({2, 18, 19, 20, 21})


@cache  # reading the authorities takes longer than a hundred calls
def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that trusts the public authorities and, if given, a private one.

    Raises:
        ValueError: the file cannot be read, or holds no certificate.
    """
    context = httpx.create_ssl_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=str(ca_file))
        except (OSError, ssl.SSLError) as error:
            raise ValueError(f"ca_file {ca_file} is no readable PEM certificate") from error
    return context


def network(*, verify: ssl.SSLContext, keepalive_seconds: float = 5) -> httpx.AsyncBaseTransport:
    """Return the network: direct, or for https through the proxy that the environment names.

    An idle connection is let go of after `keepalive_seconds`: sooner than the other side does, or
    a request may be written onto one that is just being closed.

    `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` count, and only for https, where a proxy sees no more
    than the host's name. Over plain http it would read passwords and documents, so that
    `HTTP_PROXY` is not used; neither is `.netrc`.

    Raises:
        ValueError: the proxy is named in a way that cannot be used.
    """
    limits = httpx.Limits(
        max_connections=100, max_keepalive_connections=20, keepalive_expiry=keepalive_seconds
    )
    direct = httpx.AsyncHTTPTransport(verify=verify, http2=True, trust_env=False, limits=limits)
    named = getproxies_environment()
    address = named.get("https") or named.get("all")
    if not address:
        return direct
    if "://" not in address:
        address = f"http://{address}"
    if not address.startswith(("http://", "https://")):
        raise ValueError("HTTPS_PROXY or ALL_PROXY names a proxy that is not an http(s) one")
    proxied = httpx.AsyncHTTPTransport(
        verify=verify, http2=True, trust_env=False, proxy=address, limits=limits
    )
    return _PerhapsProxied(direct, proxied)


class _PerhapsProxied(httpx.AsyncBaseTransport):
    """Chooses for each request; what is near or in the clear never leaves by the proxy."""

    def __init__(self, direct: httpx.AsyncBaseTransport, proxied: httpx.AsyncBaseTransport) -> None:
        self._direct = direct
        self._proxied = proxied

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request on its way."""
        way = self._proxied if _goes_by_proxy(request.url) else self._direct
        return await way.handle_async_request(request)

    async def aclose(self) -> None:
        """Close both ways."""
        await self._direct.aclose()
        await self._proxied.aclose()


def _goes_by_proxy(url: httpx.URL) -> bool:
    if url.scheme != "https" or _is_loopback(url.host):
        return False
    host = url.host if url.port is None else f"{url.host}:{url.port}"
    return not proxy_bypass(host)


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def certificate_fault(error: BaseException, *, system: str, host: str) -> str:
    """Say in one sentence what is wrong with the other side's certificate, and what to do.

    Empty when the failure is about something else.
    """
    refused = _refused_certificate(error)
    if refused is None:
        return ""
    code, verdict = refused.verify_code, refused.verify_message.rstrip(".")
    if code in (_EXPIRED, _NOT_YET_VALID):
        remedy = "have it renewed there, and check this machine's clock"
    elif code in _OTHER_HOST:
        remedy = "use the name that the certificate is for in the system's address"
    elif code in _UNKNOWN_AUTHORITY:
        remedy = "if it is your own, name it or the authority that signed it in `ca_file`"
    else:
        remedy = "have it replaced, or name the authority that signed it in `ca_file`"
    return (
        f"{system}'s certificate at {host} is not trusted ({verdict}), so that nothing was sent; "
        f"{remedy}."
    )


def _refused_certificate(error: BaseException) -> ssl.SSLCertVerificationError | None:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None
