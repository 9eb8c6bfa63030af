"""What the service's OpenAPI description says of a delivery beyond its path."""

from typing import Any

_REFUSALS = {
    400: "The request is malformed, or its body broke off.",
    401: "Nothing proves that the store of this connection sent it.",
    404: "No such path, connection or path secret.",
    405: "Only POST delivers.",
    408: "The body came too slowly.",
    413: "The body is larger than 64 KB.",
    415: "The body is compressed.",
    503: "The event could not be made safe; deliver it again.",
}

_OF_NOTIFICATIONS = {
    **_REFUSALS,
    401: "The agreed header is missing or wrong.",
    413: "The body is larger than 1 MB.",
    503: "Nobody could be told; deliver it again.",
}

RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The event cannot be lost any more, or is of no use to us."},
    **{status: {"description": text} for status, text in _REFUSALS.items()},
}

NOTIFICATION_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "A push looks what has changed, or it is of no use to us."},
    **{status: {"description": text} for status, text in _OF_NOTIFICATIONS.items()},
}

READINESS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Events can be taken."},
    503: {"description": "They cannot, for the reason given."},
}

_SIGNATURE_HEADERS = {
    "webhook-id": "Unique to the event; the same for each attempt.",
    "webhook-timestamp": "Unix seconds of the attempt.",
    "webhook-signature": "`v1,` and the HMAC-SHA256 in base64; several are separated by a space.",
}

DELIVERY: dict[str, Any] = {
    "parameters": [
        {
            "name": name,
            "in": "header",
            "required": False,  # a connection may be set up for another proof
            "description": text,
            "schema": {"type": "string", "maxLength": 1024},
        }
        for name, text in _SIGNATURE_HEADERS.items()
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["scope"],
                    "properties": {
                        "scope": {"type": "string", "maxLength": 200},
                        "store_id": {"type": "string"},
                        "data": {"type": "object"},
                        "hash": {"type": "string"},
                        "created_at": {"type": "integer", "minimum": 0},
                        "producer": {"type": "string"},
                    },
                }
            }
        },
    },
}
"""A callback as the store sends it (documentation, webhooks, "Callback structure")."""

_ROWS: dict[str, Any] = {"type": "array", "items": {"type": "object"}}

NOTIFICATION: dict[str, Any] = {
    "parameters": [
        {
            "name": "X-Tillbridge-Token",
            "in": "header",
            "required": False,  # a connection may have another header's name
            "description": "The agreed secret; `header_name` of the connection says under what.",
            "schema": {"type": "string", "maxLength": 1024},
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["Id", "Query"],
                    "properties": {
                        "Id": {"type": "string", "maxLength": 100},
                        "Query": {"type": "string", "maxLength": 200},
                        "CompanyId": {"type": "string"},
                        "TimeStamp": {"type": "integer", "minimum": 0},
                        "Inserted": _ROWS,
                        "Deleted": _ROWS,
                        "AdditionalInfo": {"type": "object"},
                    },
                }
            }
        },
    },
}
"""A push notification as Acumatica sends it (guide, "Push Notification Format")."""
