"""A DB-API connection to a server: single statements, and interactive transactions.

A transaction runs on a stream of the server; the baton in each answer names the stream in the next request. BEGIN is
sent with the first statement after it, so an empty transaction costs nothing. A SAVEPOINT outside of a transaction
begins one, as in SQLite, and its RELEASE ends it.
"""

from collections.abc import Sequence

from shared_schema.database import binding, cursor, errors
from shared_schema.database.consistency import Clock
from shared_schema.database.cursor import Answer
from shared_schema.database.server import hrana, replies
from shared_schema.database.server.calls import Call, Server
from shared_schema.database.server.hrana import Json
from shared_schema.database.sql import Shape, shape

_UNPARSED = "SQL_PARSE_ERROR"  # a server's code for a statement that its parser does not take
_NOTHING = Answer((), [], 0, None)
_FATAL = (errors.Unreachable, errors.StreamExpired, errors.AccessDenied, errors.OutcomeUnknown, errors.Unreadable)
_GIVEN_UP = "the server has given up the transaction; nothing of it was applied"


class Connection(cursor.Connection):
    """Autocommit until a BEGIN or a SAVEPOINT is run. For one thread at a time."""

    def __init__(self, server: Server, clock: Clock) -> None:
        self.server = server
        self._clock = clock
        self._begin: str | None = None  # the BEGIN of the open transaction
        self._baton: str | None = None  # of the stream it runs on; None before its first statement
        self._lost = False  # the server has ended the transaction, and the code in it may still run statements
        self._wrote = False  # the transaction has changed rows, so that the clock must move on
        self._settings: list[str] = []  # PRAGMAs, sent at the start of each stream, since they end with it

    @property
    def in_transaction(self) -> bool:
        return self._begin is not None

    def execute(self, sql: str, parameters: binding.Parameters = (), *, wait_s: float | None = None) -> Answer:
        """Run one statement, on its own or in the open transaction. The wait for other writers has the Limits."""
        text, values = binding.plain(sql, parameters)
        form = shape(text)
        if self._begin is not None:
            return self._in_transaction(text, values, form)
        if form.verb in ("BEGIN", "SAVEPOINT"):
            self._begin = text
            return _NOTHING
        if form.verb == "ROLLBACK" and form.ends:  # no transaction is open: the server has ended it
            return _NOTHING
        if _sets_foreign_keys(text, form):
            self._settings = [text]
            return _NOTHING
        return self.server.execute(
            hrana.statement(text, values), repeatable=form.reads, deadline=self.server.deadline()
        )

    def close(self) -> None:
        if self._baton is not None:
            self.execute("ROLLBACK")
        self._end_transaction()

    def _in_transaction(self, text: str, values: Sequence[binding.Bindable], form: Shape) -> Answer:
        undoes = form.verb == "ROLLBACK"
        lost = self._lost and not undoes
        if self._baton is None and (form.ends or self._releases_all(text, form)):
            self._end_transaction()
        if lost:
            raise errors.StreamExpired(_GIVEN_UP)
        if self._begin is None or self._lost:
            return _NOTHING
        try:
            answer = self._begin_with(text, values) if self._baton is None else self._continue(text, values, form)
        except errors.Error as error:
            if self._baton is None and getattr(error, "code", None) == _UNPARSED and _is_plain(self._begin):
                raise  # nothing of the request was run, not even BEGIN, so the transaction is still to begin
            self._note_failure(error)
            if form.ends:
                self._end_transaction()
            if isinstance(error, errors.NoTransaction) and undoes:
                return _NOTHING
            raise
        self._wrote = self._wrote or not form.reads
        if form.ends:
            self._end_transaction()
        return answer

    def _note_failure(self, error: errors.Error) -> None:
        """Whether the transaction has ended with this error: what comes next in it must not run by itself."""
        if self._baton is None or isinstance(error, _FATAL):  # the server rolls back what was not committed
            self._baton, self._lost = None, True
        if isinstance(error, errors.NoTransaction):
            self._lost = True  # a full disk has ended it

    def _end_transaction(self) -> None:
        self._begin = self._baton = None
        self._lost = self._wrote = False

    def _releases_all(self, text: str, form: Shape) -> bool:
        """Whether a RELEASE names the SAVEPOINT with which this transaction began."""
        begin = self._begin or ""
        return form.verb == "RELEASE" and shape(begin).verb == "SAVEPOINT" and _name(text) == _name(begin)

    def _begin_with(self, text: str, values: Sequence[binding.Bindable]) -> Answer:
        """Send the settings, BEGIN and the first statement in one request, each to run if the one before succeeded."""
        opening = [hrana.statement(sql, ()) for sql in (*self._settings, self._begin or "")]
        request = hrana.sequence([*opening, hrana.statement(text, values)])
        kept: list[str | None] = [None]
        # This request commits nothing, so it may be sent again after a lost answer.
        call = Call(self.server.deadline(), repeatable=True)

        def attempt() -> Answer:
            baton, kept[0] = kept[0], None
            results, kept[0] = self.server.send([request], baton=baton, deadline=call.deadline, kept=True)
            answers, failed = replies.sequence_answers(replies.response(results[0]))
            if failed is not None and len(answers) < len(opening):
                raise failed
            if kept[0] is None:
                raise errors.StreamExpired(_GIVEN_UP)
            self._baton = kept[0]
            if failed is not None:
                raise _Settled(failed)
            return answers[-1]

        try:
            return self.server.answered(attempt, call)
        except _Settled as settled:
            raise settled.error from None
        except errors.Error:  # one of the opening has failed, or the server cannot parse the request
            self._abandon(kept[0])
            raise

    def _continue(self, text: str, values: Sequence[binding.Bindable], form: Shape) -> Answer:
        commits = form.ends and form.verb != "ROLLBACK"
        if commits and self._wrote and self._clock.table:
            return self._commit(text)
        requests: list[Json] = [hrana.execute(text, values), hrana.CLOSE if form.ends else hrana.AUTOCOMMIT]
        result, rest = self._results(requests, commits=commits)
        try:
            answer = replies.answer(replies.response(result))
        except errors.Error:
            if replies.is_at_rest(rest):  # `INSERT OR ROLLBACK`, or a full disk
                self._give_up()
            raise
        if not form.ends:
            self._look(replies.is_at_rest(rest), text, form)
        return answer

    def _commit(self, text: str) -> Answer:
        """End a transaction that has changed rows: the clock moves on with it."""
        steps = [hrana.statement(self._clock.move_on.sql, ()), hrana.statement(text, ())]
        results = self._results([hrana.sequence(steps), hrana.CLOSE], commits=True)
        answers, failed = replies.sequence_answers(replies.response(results[0]))
        if failed is not None:
            raise failed
        self._clock.wrote(int(answers[0].rows[0][0]))
        return answers[-1]

    def _results(self, requests: list[Json], *, commits: bool) -> list[Json]:
        call = Call(self.server.deadline(), repeatable=False, writes=commits)

        def attempt() -> tuple[list[Json], str | None]:
            return self.server.send(requests, baton=self._baton, deadline=call.deadline)

        try:
            results, self._baton = self.server.answered(attempt, call)
        except errors.Unreachable:
            raise errors.Unreachable("the server was lost in a transaction; nothing was applied") from None
        return results

    def _look(self, is_at_rest: bool, text: str, form: Shape) -> None:
        """Whether the transaction is still open after a statement that went well.

        A stream without a baton is closed, and what it had not committed is rolled back.
        """
        if is_at_rest and self._releases_all(text, form):
            self._abandon(self._baton)
            self._end_transaction()
        elif is_at_rest or self._baton is None:
            self._give_up()
            raise errors.StreamExpired(_GIVEN_UP)

    def _give_up(self) -> None:
        """The server has ended the transaction: what the code in it still says must not run by itself."""
        self._abandon(self._baton)
        self._baton, self._lost = None, True

    def _abandon(self, baton: str | None) -> None:
        """Close a stream that has no transaction: the server keeps it open for ten seconds otherwise."""
        if baton is not None:
            self.server.send([hrana.CLOSE], baton=baton, deadline=self.server.deadline())


class _Settled(Exception):
    """The first statement of a transaction has failed in it: an answer, and no reason to begin again."""

    def __init__(self, error: errors.DatabaseError) -> None:
        super().__init__(str(error))
        self.error = error


def _sets_foreign_keys(text: str, form: Shape) -> bool:
    words = text.replace("=", " = ").replace(";", " ").upper().split()
    return form.verb == "PRAGMA" and words[1:3] == ["FOREIGN_KEYS", "="] and len(words) == 4


def _is_plain(begin: str | None) -> bool:
    """Whether the server can parse this BEGIN, so that it was the statement behind it which it could not."""
    words = (begin or "").replace(";", " ").upper().split()
    return words[:1] == ["BEGIN"] and words[1:] in ([], ["DEFERRED"], ["IMMEDIATE"], ["EXCLUSIVE"])


def _name(text: str) -> str:
    """The name in SAVEPOINT or RELEASE, as it is compared."""
    return text.replace(";", " ").split()[-1].strip("'\"`[]").upper()
