"""Whether the person behind a token is still what the token says. Read from the users' rows, remembered for a while.

The first request of a person in a worker reads their row, later requests once in half a minute; a change that the
service makes itself is heard of with the revocations. So a change by SQL counts within half a minute, too.
"""

import threading
import time
from collections import OrderedDict
from typing import TypedDict

from shared_schema import environment
from shared_schema.database import Statement
from shared_schema.problems import TokenExpired, TokenInvalid
from shared_schema.tables import db
from shared_schema.web.tokens import RANKS, Token

_READ = "SELECT role, is_active FROM users WHERE id = ?"
_REMEMBERED = 20_000  # users


class Standing(TypedDict):
    """What a user's row says."""

    role: str
    is_active: int


class Standings:
    """The standings that this process remembers. Threads may share it."""

    def __init__(self) -> None:
        self._fresh_s = environment.seconds("STANDING_SECONDS", 30)
        self._known: OrderedDict[str, tuple[Standing, float]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, token: Token) -> None:
        """Raise TokenInvalid where the user is not there or not active, TokenExpired where the role is another now."""
        user_id = token.caller.subject
        standing = self._recalled(user_id) or self._read(user_id, fresh=False)
        if _refusal(standing, token) is None:
            return
        # A replica may be older than the token, and what is remembered older than a promotion: the primary decides.
        refusal = _refusal(self._read(user_id, fresh=True), token)
        if refusal is not None:
            raise refusal

    def forget(self, user_id: str) -> None:
        """Read the user anew at the next request."""
        with self._lock:
            self._known.pop(user_id, None)

    def forget_all(self) -> None:
        """Begin anew, as in a new process."""
        with self._lock:
            self._known.clear()

    def _recalled(self, user_id: str) -> Standing | None:
        with self._lock:
            standing, until = self._known.get(user_id, (None, 0.0))
            return standing if time.monotonic() < until else None

    def _read(self, user_id: str, *, fresh: bool) -> Standing | None:
        """The standing as it is now. It is remembered only to let users in: `check` refuses nobody by an old one."""
        standing = db.fetch([Statement(_READ, (int(user_id),))], fresh=fresh)[0].first(Standing)
        with self._lock:
            self._known.pop(user_id, None)
            if standing is not None:
                self._known[user_id] = (standing, time.monotonic() + self._fresh_s)
                if len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
        return standing


def _refusal(standing: Standing | None, token: Token) -> Exception | None:
    """Why the token does not count; None where it does.

    A token of a sign-in has the role that the user has now, or its client shall get a new one. One that an operator has
    minted may have a lower role, never a higher.
    """
    if standing is None or not standing["is_active"]:
        return TokenInvalid("the token's user is not active")
    now, then = RANKS[standing["role"]], RANKS[token.caller.role]
    if then > now or (token.sign_in is not None and then != now):
        return TokenExpired("the user's role is another now; get a new token")
    return None
