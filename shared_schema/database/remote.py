"""A DB-API connection to a server: single statements, and interactive transactions on a stream held by its baton.

A BEGIN is not sent until the first statement inside it: an empty transaction costs nothing, and none is open on the
server while the client thinks.
"""

import re
from collections.abc import Sequence

from shared_schema.database import binding, errors, hrana
from shared_schema.database.cursor import Answer, Cursor
from shared_schema.database.hrana import Json
from shared_schema.database.server import Server, patiently
from shared_schema.database.sql import shape

_BEGIN = re.compile(r"\s*BEGIN\b", re.IGNORECASE)
_END = re.compile(r"\s*(COMMIT|END|ROLLBACK)\s*(TRANSACTION)?\s*;?\s*$", re.IGNORECASE)
_ROLLBACK = re.compile(r"\s*ROLLBACK\s*;?\s*$", re.IGNORECASE)
_FOREIGN_KEYS = re.compile(r"\s*PRAGMA\s+foreign_keys\s*=\s*\w+\s*;?\s*$", re.IGNORECASE)
_NOTHING = Answer((), [], 0, None)
_FATAL = (errors.Unreachable, errors.StreamExpired, errors.AccessDenied, errors.OutcomeUnknown)


class Connection:
    """Autocommit unless a BEGIN is said. One thread at a time."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._begin: str | None = None  # said, and not ended yet
        self._baton: str | None = None  # the stream it runs on, from its first statement on
        self._lost = False  # the server has given it up; what is still said inside it must not stand alone
        self._settings: list[str] = []  # said at the start of each stream, since they die with it

    @property
    def in_transaction(self) -> bool:
        return self._begin is not None

    def execute(self, sql: str, parameters: binding.Parameters = ()) -> Answer:
        """Run one statement, on its own or in the open transaction."""
        text, values = binding.plain(sql, parameters)
        if self._begin is not None:
            return self._in_transaction(text, values)
        if _BEGIN.match(text):
            self._begin = text
            return _NOTHING
        if _ROLLBACK.match(text):  # the server has ended it already
            return _NOTHING
        if _FOREIGN_KEYS.match(text):
            self._settings = [text]
            return _NOTHING
        return self.server.execute(
            hrana.statement(text, values), repeatable=shape(sql).reads, deadline=self.server.deadline()
        )

    def cursor(self) -> Cursor:
        return Cursor(self)

    def close(self) -> None:
        if self._baton is not None:
            self.execute("ROLLBACK")
        self._over()

    def _in_transaction(self, text: str, values: Sequence[binding.Bindable]) -> Answer:
        ending = _END.match(text) is not None
        lost = self._lost and not _ROLLBACK.match(text)
        if self._baton is None and ending:
            self._over()
        if lost:
            raise errors.StreamExpired("the server has given up the transaction; nothing of it was applied")
        if self._begin is None:
            return _NOTHING
        try:
            answer = self._open(text, values) if self._baton is None else self._go_on(text, values, ending)
        except errors.Error as error:
            if self._baton is None or isinstance(error, _FATAL):  # what was not committed, the server rolls back
                self._baton, self._lost = None, True
            if ending:
                self._over()
            raise
        if ending:
            self._over()
        return answer

    def _over(self) -> None:
        self._begin = self._baton = None
        self._lost = False

    def _open(self, text: str, values: Sequence[binding.Bindable]) -> Answer:
        """The settings, BEGIN and the first statement in one request, each only if the one before succeeded."""
        first = [hrana.statement(sql, ()) for sql in (*self._settings, self._begin or "")]
        request = hrana.sequence([*first, hrana.statement(text, values)])
        deadline = self.server.deadline()

        def attempt() -> Answer:
            # Nothing is committed by this request, so a lost answer costs nothing but the transaction on the server.
            results, baton = self.server.call([request], repeatable=True, deadline=deadline)
            answers, failed = hrana.sequence_answers(hrana.response(results[0]))
            if failed is not None and len(answers) < len(first):
                self._abandon(baton)
                raise failed
            self._baton = baton
            if failed is not None:
                raise failed
            return answers[-1]

        return patiently(attempt, lambda error: isinstance(error, errors.Busy) and self._baton is None, deadline)

    def _go_on(self, text: str, values: Sequence[binding.Bindable], ending: bool) -> Answer:
        requests: list[Json] = [hrana.execute(text, values), *([hrana.CLOSE] if ending else [])]
        try:
            results, self._baton = self.server.call(
                requests, repeatable=False, deadline=self.server.deadline(), baton=self._baton
            )
        except errors.OutcomeUnknown:
            if ending and not _ROLLBACK.match(text):
                raise
            raise errors.Unreachable("the server was lost in a transaction; nothing was applied") from None
        return hrana.answer(hrana.response(results[0]))

    def _abandon(self, baton: str | None) -> None:
        if baton is not None:
            self.server.call([hrana.CLOSE], repeatable=True, deadline=self.server.deadline(), baton=baton)
