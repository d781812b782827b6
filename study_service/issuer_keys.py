"""The public keys of the issuer that vouches for people: fetched when needed, kept for a bounded time.

Keys are fresh for as long as the issuer says. After that they are fetched again; while that fails, the last good ones
count for a day. A key id that nobody knows causes one fetch in half a minute at most, whoever makes such ids up.
"""

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import jwt
import orjson
import structlog
import urllib3

from shared_schema.problems import IssuerAway, TokenInvalid

ALGORITHMS = {("RSA", None): "RS256", ("EC", "P-256"): "ES256"}
GOOD_S = 24 * 3600.0
UNKNOWN_S = 30.0  # between two fetches for a key id that is not there
AGAIN_S = 5.0  # after a fetch that failed
FRESH_S = (60, 300, 24 * 3600)  # the least, the usual, the most that counts of what the issuer says
_MAX_BYTES = 256 * 1024
_MIN_RSA_BITS = 2048
_TIME_OUT = urllib3.Timeout(connect=3, read=3)
_WHOLE_S = 8.0
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys of one fetch, by their ids."""

    by_id: Mapping[str, jwt.PyJWK] = field(default_factory=dict)
    fresh_until: float = 0.0
    good_until: float = 0.0


class IssuerKeys:
    """The keys behind one address, for all threads of a process. Nothing is fetched before the first `find`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = urllib3.PoolManager(timeout=_TIME_OUT, retries=False)
        self._set = KeySet()
        self._lock = threading.Lock()
        self._tried_at = float("-inf")
        self._failed = False

    def find(self, kid: str, now: float | None = None) -> jwt.PyJWK:
        """The key with this id; `now` is by `time.monotonic()`.

        Raises TokenInvalid where the issuer has no such key, IssuerAway where it cannot be asked.
        """
        now = time.monotonic() if now is None else now
        if self._wants_fetch(kid, now):
            usable = kid in self._set.by_id and now < self._set.good_until
            # One fetch at a time. Who has a key that is still good does not wait for it.
            if self._lock.acquire(blocking=not usable):
                try:
                    if self._wants_fetch(kid, now):
                        self._fetch(now)
                finally:
                    self._lock.release()
        key = self._set.by_id.get(kid) if now < self._set.good_until else None
        if key is not None:
            return key
        if self._failed:
            raise IssuerAway("sign-in is not possible just now: the issuer's keys cannot be had")
        raise TokenInvalid("the ID token is signed with no key of the issuer")

    def _wants_fetch(self, kid: str, now: float) -> bool:
        if self._failed and now < self._tried_at + AGAIN_S:
            return False
        if now >= self._set.fresh_until:
            return True
        return kid not in self._set.by_id and now >= self._tried_at + UNKNOWN_S

    def _fetch(self, now: float) -> None:
        self._tried_at = now
        try:
            self._set = self._fetched(now)
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            self._failed = True
            _log.warning("the issuer's keys cannot be fetched", error=str(error), good_for_s=self._set.good_until - now)
        else:
            self._failed = False

    def _fetched(self, now: float) -> KeySet:
        """Raises urllib3's errors, and ValueError for an answer that is no set of keys."""
        response = self._http.request(
            "GET", self.url, redirect=False, preload_content=False, headers={"Accept-Encoding": "identity"}
        )
        try:
            if response.status != 200:
                raise ValueError(f"status {response.status}")
            keys = _usable(orjson.loads(_body(response)))
        finally:
            response.close()
        if not keys:
            raise ValueError("no key that can be used")
        return KeySet(keys, now + _max_age(response.headers.get("Cache-Control", "")), now + GOOD_S)


def _body(response: urllib3.BaseHTTPResponse) -> bytes:
    """The body, as it comes. ValueError where it is too long or takes too long."""
    deadline, body = time.monotonic() + _WHOLE_S, b""
    while part := response.read1(65_536, decode_content=False):
        body += part
        if len(body) > _MAX_BYTES:
            raise ValueError(f"more than {_MAX_BYTES} bytes")
        if time.monotonic() > deadline:
            raise ValueError(f"not whole after {_WHOLE_S:.0f} seconds")
    return body


def _max_age(cache_control: str) -> int:
    least, usual, most = FRESH_S
    stated = re.search(r"(?:^|[\s,])max-age=([0-9]{1,9})", cache_control)
    return usual if stated is None else min(max(int(stated[1]), least), most)


def _usable(document: object) -> dict[str, jwt.PyJWK]:
    """The keys of a JWKS that may sign ID tokens. Others, say for encryption, are left out."""
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("no set of keys")
    keys = {}
    for entry in listed:
        if isinstance(entry, dict) and isinstance(entry.get("kid"), str) and (key := _key(entry)) is not None:
            keys[entry["kid"]] = key
    return keys


def _key(entry: dict[str, object]) -> jwt.PyJWK | None:
    """A key as the algorithm that its type goes with, whatever the entry says; None for any other."""
    curve = str(entry.get("crv")) if entry.get("kty") == "EC" else None
    algorithm = ALGORITHMS.get((str(entry.get("kty")), curve))
    if algorithm is None or entry.get("alg", algorithm) != algorithm or entry.get("use", "sig") != "sig":
        return None
    try:
        key = jwt.PyJWK(entry, algorithm)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return key if algorithm != "RS256" or key.key.key_size >= _MIN_RSA_BITS else None
