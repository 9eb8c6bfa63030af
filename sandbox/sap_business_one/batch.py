"""`$batch`: a bundle of requests, in which a change set is applied whole or not at all."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from email.parser import BytesParser
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote

from sandbox.sap_business_one.refusals import Refused
from sandbox.sap_business_one.wire import Answer

if TYPE_CHECKING:
    from sandbox.sap_business_one.service_layer import Request, ServiceLayer

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_REQUEST_LINE = re.compile(r"(?P<method>[A-Z]+) (?P<target>\S+)(?: HTTP/1\.\d)?")


def serve(layer: "ServiceLayer", request: "Request") -> Answer:
    """The answers in the order of the requests; raises `Refused` for what is no bundle."""
    parts: list[str] = []
    for headers, body in _split(request.headers.get("content-type", ""), request.body):
        kind = headers.get("content-type", "")
        if kind.startswith("multipart/mixed"):
            members = [_inner(request, one) for _, one in _split(kind, body)]
            if any(member.method == "GET" for member in members):
                raise Refused(400, -1000, "A change set must not contain a GET")
            answers = layer.change_set(members) if members else []
            parts.append(_bundle([_http(one) for one in answers], "changesetresponse"))
        else:
            parts.append(_http(layer.serve(_inner(request, body))))
    text = _bundle(parts, "batchresponse")
    head, _, rest = text.partition("\r\n\r\n")
    kind = head.removeprefix("Content-Type: ")
    return Answer(202, rest, {}, kind)


def _split(content_type: str, body: bytes) -> list[tuple[Mapping[str, str], bytes]]:
    found = _BOUNDARY.search(content_type)
    if not content_type.startswith("multipart/mixed") or found is None:
        raise Refused(400, -1000, "The body must be multipart/mixed with a boundary")
    pieces = re.split(rb"(?:^|\r?\n)--" + re.escape(found[1].encode()), body)
    parts: list[tuple[Mapping[str, str], bytes]] = []
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            break
        head, _, rest = piece.lstrip(b"\r\n").replace(b"\r\n", b"\n").partition(b"\n\n")
        parts.append((_headers(head), rest))
    return parts


def _headers(head: bytes) -> dict[str, str]:
    read = BytesParser().parsebytes(head + b"\n\n", headersonly=True)
    return {name.lower(): str(value) for name, value in read.items()}


def _inner(outer: "Request", text: bytes) -> "Request":
    head, _, body = text.partition(b"\n\n")
    line, _, lines = head.strip().partition(b"\n")
    found = _REQUEST_LINE.fullmatch(line.decode().strip())
    if found is None:
        raise Refused(400, -1000, "Malformed request in the batch body")
    path, _, query = found["target"].partition("?")
    path = re.sub(r"^.*?/b1s/v[12]/", "/", path)
    return replace(
        outer,
        method=found["method"],
        path=unquote(path),
        query=query,
        headers=_headers(lines),
        body=body.strip(),
    )


def _http(answer: Answer) -> str:
    lines = [
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        "",
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
    ]
    if answer.content is not None:
        lines.append(f"Content-Type: {answer.media_type}")
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    return "\r\n".join([*lines, "", answer.body.decode()])


def _bundle(parts: list[str], name: str) -> str:
    boundary = f"{name}_{secrets.token_hex(8)}"
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n{body}--{boundary}--"
