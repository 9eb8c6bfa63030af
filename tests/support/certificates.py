"""Certificates made on the spot, and a server that shows one."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HERE = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
ELSEWHERE = x509.DNSName("elsewhere.example.com")


@dataclass(frozen=True)
class Certificate:
    """A certificate with its key."""

    public: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def write(self, path: Path, *, with_key: bool = False) -> Path:
        """Write it as PEM."""
        pem = self.public.public_bytes(serialization.Encoding.PEM)
        if with_key:
            pem += self.key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        path.write_bytes(pem)
        return path


def certificate(
    *names: x509.GeneralName,
    issuer: Certificate | None = None,
    authority: bool = False,
    title: str = "An authority of our own",
    days: int = 10,
) -> Certificate:
    """Make a certificate for these names; without an issuer it signs itself.

    A negative number of days: it has expired that long ago.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    common = title if authority else "erp.example.com"
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.public.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Certificate(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


@asynccontextmanager
async def served_with(shown: Certificate, app: Any, folder: Path) -> AsyncIterator[str]:
    """Serve the application over TLS with that certificate; yield its address."""
    file = shown.write(folder / "shown.pem", with_key=True)
    config = uvicorn.Config(
        app, port=0, ssl_certfile=file, log_config=None, log_level="critical", lifespan="off"
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    port = server.servers[0].sockets[0].getsockname()[1]
    serving = asyncio.create_task(server.main_loop())
    try:
        yield f"https://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        server.force_exit = True
        await serving
        await server.shutdown()
