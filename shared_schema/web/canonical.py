"""Which requests are the same one: a digest over what a request says, not over how its JSON is written.

White space, the order of keys and the escapes in texts do not count. Numbers count as they are read: 1 and 1.0 are two,
1.0 and 1.00 are one. A body that is no JSON counts byte by byte, and so does the query.
"""

import hashlib

import orjson
from flask import Request
from webargs.flaskparser import is_json_request


def digest(request: Request, about: str = "") -> str:
    """The digest of a request: its method, its address, its body, and what else it is about."""
    return _digest(request, _body(request) + about.encode())


def digest_before(request: Request) -> str:
    """The same as releases before made it: with the body as it was written."""
    return _digest(request, request.get_data())


def _digest(request: Request, body: bytes) -> str:
    return hashlib.sha256(f"{request.method} {request.full_path}\n".encode() + body).hexdigest()


def _body(request: Request) -> bytes:
    sent = request.get_data()
    if not is_json_request(request):
        return sent
    try:
        return orjson.dumps(orjson.loads(sent), option=orjson.OPT_SORT_KEYS)
    except orjson.JSONDecodeError:  # its view says what is wrong with it
        return sent
