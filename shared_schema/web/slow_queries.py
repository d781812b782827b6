"""The log of slow statements: their SQL, without values, with the engine's plan.

A plan is asked for once per text and process, by a thread of its own, so that no request waits for it.
"""

import queue
import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import structlog

from shared_schema import logs
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.sql import shape
from shared_schema.database.usage import Slow, Use
from shared_schema.tables import db

_LONGEST_SQL = 2000
_TEXTS = 500
_WAITING = 50
_log = structlog.get_logger()


class _Waiting(NamedTuple):
    slow: Slow
    ids: Mapping[str, str]


_plans: dict[str, list[str]] = {}
_waiting: "queue.Queue[_Waiting]" = queue.Queue(_WAITING)


def log(use: Use) -> None:
    """Log the slow statements of a piece of work: at once if their plan is known, else when it is."""
    for slow in use.slow:
        if not slow.sql:
            _log.warning("slow database call", ms=round(slow.seconds * 1000, 1), statements=slow.statements)
        elif slow.sql in _plans or len(_plans) >= _TEXTS or not _has_plan(slow.sql):
            _say(slow, _plans.get(slow.sql), {})
        else:
            _put(slow)


def _put(slow: Slow) -> None:
    try:
        _waiting.put_nowait(_Waiting(slow, logs.ids.get()))
    except queue.Full:  # everything is slow, so nobody waits for plans
        _say(slow, None, {})
    else:
        _start()


@lru_cache(maxsize=1)
def _start() -> threading.Thread:
    thread = threading.Thread(target=_explain_forever, args=(_waiting,), name="slow queries", daemon=True)
    thread.start()
    return thread


def _explain_forever(waiting: "queue.Queue[_Waiting]") -> None:
    while True:
        slow, ids = waiting.get()
        if slow.sql not in _plans:
            _plans[slow.sql] = _plan(slow.sql)
        _say(slow, _plans[slow.sql], ids)


def _has_plan(sql: str) -> bool:
    """Whether a text is a statement on rows: a slow BEGIN has waited for another writer."""
    kind = shape(sql)
    return (kind.reads or kind.writes) and not kind.several


def _plan(sql: str) -> list[str]:
    """The steps of the engine's plan, by a connection of its own; empty if the engine does not tell."""
    nothing = [None] * len(shape(sql).marks)  # the text comes from the binder, so every mark is a `?`
    own = LibsqlDatabase(db.settings, must_exist=True)
    try:
        (steps,) = own.fetch([Statement(f"EXPLAIN QUERY PLAN {sql}", nothing)])
        return [step["detail"] for step in steps.rows]
    except Exception as error:  # whatever it is, the lines that wait for the thread must come
        _log.info("no plan of a slow statement", error=str(error))
        return []
    finally:
        own.close()


def _say(slow: Slow, plan: list[str] | None, ids: Mapping[str, str]) -> None:
    sql = " ".join(slow.sql.split())[:_LONGEST_SQL]
    ms = round(slow.seconds * 1000, 1)
    _log.warning("slow statement", sql=sql, ms=ms, rows_read=slow.rows_read, plan=plan, **ids)
