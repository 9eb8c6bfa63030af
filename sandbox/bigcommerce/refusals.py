"""How the platform says no: an array in v2, an object in v3 (card, section 10)."""

import json
from typing import Any

from fastapi.responses import Response

STATUS_PAGE = "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes"


class Refused(Exception):
    """A request that the platform refuses, in the words of its own API."""

    def __init__(
        self, status: int, message: str, *, errors: dict[str, str] | None = None, body: Any = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors or {}
        self.body = body


def refusal_body(path: str, refused: Refused) -> Any:
    """The error in the shape of the API version that the path belongs to."""
    if refused.body is not None:
        return refused.body
    if "/v2/" in path:
        return [{"status": refused.status, "message": refused.message}]
    return {
        "status": refused.status,
        "title": refused.message,
        "type": STATUS_PAGE,
        "errors": refused.errors,
    }


def json_answer(content: Any, *, status: int = 200) -> Response:
    """A JSON answer; the platform sends text in UTF-8."""
    body = json.dumps(content, ensure_ascii=False)
    return Response(body, status_code=status, media_type="application/json")


def not_found() -> Refused:
    """404, for an unknown id."""
    return Refused(404, "The requested resource was not found.")
