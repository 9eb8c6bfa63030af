"""How a webhook is signed: the Standard Webhooks headers, or the older X-BC-Signature."""

import base64
import hashlib
import hmac
from enum import StrEnum


class Signing(StrEnum):
    """Which signature a delivery carries."""

    STANDARD = "standard"
    LEGACY = "legacy"
    NONE = "none"


def signature_headers(
    signing: Signing, secret: str, webhook_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """The headers of one attempt; the client secret's UTF-8 bytes are the key (card, 2.6)."""
    key = secret.encode()
    if signing is Signing.LEGACY:
        return {"x-bc-signature": hmac.new(key, body, hashlib.sha256).hexdigest()}
    if signing is Signing.NONE:
        return {}
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
