"""Requests, as our clients send them, and the same ones as bytes."""

import functools
import json
from dataclasses import dataclass
from typing import Any

from shared_schema.web import tokens
from shared_schema.web.requests import KEY_HEADER
from tests.faults.hosts import KEYS
from tests.servers import HOST

Caller = tuple[str, str]
_TOKEN_S = 12 * 3600


@dataclass(frozen=True, slots=True)
class Request:
    """`caller` is a subject and a role, for the token; `key` an Idempotency-Key, where one is sent."""

    method: str
    path: str
    caller: Caller
    body: Any = None
    key: str = ""


@functools.cache
def _token(service: str, caller: Caller) -> str:
    return tokens.mint(KEYS, service, *caller, ttl_s=_TOKEN_S)


def headers(service: str, request: Request) -> dict[str, str]:
    """What a client sends beside the body: its token, and the key."""
    sent = {"Authorization": f"Bearer {_token(service, request.caller)}"}
    return sent | {KEY_HEADER: request.key} if request.key else sent


def raw(service: str, request: Request, path: str = "") -> bytes:
    """The bytes of the request in HTTP/1.1. `path`, if it is given, stands in the place of the request's own path."""
    lines = {"Host": HOST, "Accept": "application/json"} | headers(service, request)
    body = b"" if request.body is None else json.dumps(request.body).encode()
    if body:
        lines |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{request.method} {path or request.path} HTTP/1.1\r\n{head}\r\n".encode() + body
