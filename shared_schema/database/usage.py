"""What a piece of work, say a request, asks of the database: counted in a context variable, like `consistency`.

Whoever wants to know sets a new `Use` and reads it afterwards. The statements counted are those that the engine has
run, those of the consistency clock among them.
"""

import math
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field

from shared_schema.database.cursor import Answer
from shared_schema.database.sql import Shape

_SLOW_KEPT = 20


@dataclass(frozen=True, slots=True)
class Slow:
    """A statement that took at least `Use.slow_s`. `sql` is empty for a call to a server that was slow as a whole,
    while none of its `statements` was: the network, or another writer.
    """

    sql: str
    seconds: float
    rows_read: int
    statements: int = 1


@dataclass(slots=True)
class Use:
    """`rows_read` is the count of a server's engine; the driver of a file does not tell, so there it is the rows
    returned. `round_trips` are requests sent to a server, `retries` those sent again, `waits` the times a server's
    copy was behind what this reader had seen. `seconds` has all waiting in it.
    """

    slow_s: float = math.inf
    statements: int = 0
    rows_read: int = 0
    rows_written: int = 0
    round_trips: int = 0
    retries: int = 0
    unknown_outcomes: int = 0
    waits: int = 0
    seconds: float = 0.0
    slow: list[Slow] = field(default_factory=list)


_NOBODYS = Use()

# The work of this context.
current: ContextVar[Use] = ContextVar("use", default=_NOBODYS)
# Sent with each request to a server (W3C Trace Context), so that its log and a trace can name us. "" sends none.
traceparent: ContextVar[str] = ContextVar("traceparent", default="")
# Told of each request to a server: 1 when it is sent, -1 when it has ended.
watchers: list[Callable[[int], None]] = []


def ran(sql: str, kind: Shape, answer: Answer | None, seconds: float) -> None:
    """Count a statement on a file. No answer: it failed. BEGIN and COMMIT take time, and are no statements."""
    use = current.get()
    use.seconds += seconds
    rows_read = 0
    if kind.reads or kind.writes:
        use.statements += 1
        if answer is not None:
            rows_read = answer.rows_read
            use.rows_read += rows_read
            use.rows_written += answer.rows_written
    if seconds >= use.slow_s:
        _keep(use, Slow(sql, seconds, rows_read))


def called(statements: Sequence[str], answers: Sequence[Answer], seconds: float) -> None:
    """Count a call to a server. No answers: it failed."""
    use = current.get()
    use.seconds += seconds
    use.statements += len(statements)
    for answer in answers:
        use.rows_read += answer.rows_read
        use.rows_written += answer.rows_written
    if seconds < use.slow_s:
        return
    slow = [
        Slow(sql, answer.engine_s, answer.rows_read)
        for sql, answer in zip(statements, answers, strict=False)
        if answer.engine_s >= use.slow_s
    ]
    whole = Slow("", seconds, sum(answer.rows_read for answer in answers), len(statements))
    for one in slow or [whole]:
        _keep(use, one)


def _keep(use: Use, slow: Slow) -> None:
    """A long piece of work, say an import, could have any number of them."""
    if len(use.slow) < _SLOW_KEPT:
        use.slow.append(slow)
