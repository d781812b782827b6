"""A DB-API connection to a server: single statements, and interactive transactions.

A transaction runs on a stream of the server; the baton in each answer names the stream in the next request. BEGIN is
sent with the first statement after it, so an empty transaction costs nothing.
"""

import re
from collections.abc import Sequence

from shared_schema.database import binding, cursor, errors
from shared_schema.database.cursor import Answer
from shared_schema.database.server import hrana
from shared_schema.database.server.calls import Server, patiently
from shared_schema.database.server.hrana import Json
from shared_schema.database.server.streams import Stream
from shared_schema.database.sql import shape

_BEGIN = re.compile(r"\s*BEGIN\b", re.IGNORECASE)
_END = re.compile(r"\s*(COMMIT|END|ROLLBACK)\s*(TRANSACTION)?\s*;?\s*$", re.IGNORECASE)
_ROLLBACK = re.compile(r"\s*ROLLBACK\s*;?\s*$", re.IGNORECASE)
_UNDO = re.compile(r"\s*ROLLBACK\b", re.IGNORECASE)
_FOREIGN_KEYS = re.compile(r"\s*PRAGMA\s+foreign_keys\s*=\s*\w+\s*;?\s*$", re.IGNORECASE)
_UNPARSED = "SQL_PARSE_ERROR"  # a server's code for a statement that its parser does not take
_NOTHING = Answer((), [], 0, None)
_FATAL = (errors.Unreachable, errors.StreamExpired, errors.AccessDenied, errors.OutcomeUnknown)


class Connection(cursor.Connection):
    """Autocommit until a BEGIN is run. For one thread at a time."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._begin: str | None = None  # the BEGIN of the open transaction
        self._baton: str | None = None  # of the stream it runs on; None before its first statement
        self._lost = False  # the server has ended the transaction, and the code in it may still run statements
        self._settings: list[str] = []  # PRAGMAs, sent at the start of each stream, since they end with it

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
        if _ROLLBACK.match(text):  # no transaction is open: the server has ended it
            return _NOTHING
        if _FOREIGN_KEYS.match(text):
            self._settings = [text]
            return _NOTHING
        return self.server.execute(
            hrana.statement(text, values), repeatable=shape(sql).reads, deadline=self.server.deadline()
        )

    def close(self) -> None:
        if self._baton is not None:
            self.execute("ROLLBACK")
        self._end_transaction()

    def _in_transaction(self, text: str, values: Sequence[binding.Bindable]) -> Answer:
        ending = _END.match(text) is not None
        lost = self._lost and not _ROLLBACK.match(text)
        if self._baton is None and ending:
            self._end_transaction()
        if lost:
            raise errors.StreamExpired("the server has given up the transaction; nothing of it was applied")
        if self._begin is None:
            return _NOTHING
        try:
            answer = self._begin_with(text, values) if self._baton is None else self._continue(text, values, ending)
        except errors.Error as error:
            if self._baton is None and getattr(error, "code", None) == _UNPARSED and not ending:
                raise  # nothing of the request was run, not even BEGIN, so the transaction is still to begin
            if self._baton is None or isinstance(error, _FATAL):  # the server rolls back what was not committed
                self._baton, self._lost = None, True
            if isinstance(error, errors.NoTransaction):
                self._lost = True  # a full disk has ended it: what comes next must not run by itself
            if ending:
                self._end_transaction()
            if isinstance(error, errors.NoTransaction) and _UNDO.match(text):
                return _NOTHING
            raise
        if ending:
            self._end_transaction()
        return answer

    def _end_transaction(self) -> None:
        self._begin = self._baton = None
        self._lost = False

    def _begin_with(self, text: str, values: Sequence[binding.Bindable]) -> Answer:
        """Send the settings, BEGIN and the first statement in one request, each to run if the one before succeeded."""
        opening = [hrana.statement(sql, ()) for sql in (*self._settings, self._begin or "")]
        request = hrana.sequence([*opening, hrana.statement(text, values)])
        deadline, stream = self.server.deadline(), Stream()

        def attempt() -> Answer:
            # This request commits nothing, so it may be sent again after a lost answer.
            baton, stream.baton = stream.baton, None
            results, stream.baton = self.server.call(
                [request], repeatable=True, deadline=deadline, baton=baton, kept=True
            )
            answers, failed = hrana.sequence_answers(hrana.response(results[0]))
            if failed is not None and len(answers) < len(opening):
                raise failed
            self._baton = stream.baton
            if failed is not None:
                raise failed
            return answers[-1]

        try:
            return patiently(attempt, lambda error: isinstance(error, errors.Busy) and self._baton is None, deadline)
        except errors.Error:  # one of the opening has failed, or the server cannot parse the request
            if self._baton is None:
                self._abandon(stream.baton)
            raise

    def _continue(self, text: str, values: Sequence[binding.Bindable], ending: bool) -> Answer:
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
        """Close a stream that has no transaction: the server keeps it open for ten seconds otherwise."""
        if baton is not None:
            self.server.call([hrana.CLOSE], repeatable=True, deadline=self.server.deadline(), baton=baton)
