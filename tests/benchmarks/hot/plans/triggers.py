"""The triggers that statements fire, and their own statements: the engine tells no plan of these with the others."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared_schema.database import LibsqlDatabase

_ALL = "SELECT sql FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid"
_TRIGGER = re.compile(
    r"""\s*CREATE\s+TRIGGER\s+(?P<name>\w+)\s+(?:BEFORE\s+|AFTER\s+)?(?P<event>INSERT|UPDATE|DELETE)
        (?:\s+OF\s+(?P<columns>[\w,\s]+?))?\s+ON\s+(?P<table>\w+)\s*(?:FOR\s+EACH\s+ROW\s*)?
        (?:\bWHEN\b(?P<only_if>.*?))?\bBEGIN\b(?P<body>.*)\bEND\s*""",
    re.VERBOSE | re.DOTALL,
)
_CHANGE = re.compile(r"\b(?:(INSERT)(?: OR \w+)? INTO|(UPDATE)(?: OR \w+)?|(DELETE) FROM) \"?(\w+)")
_READS_OR_WRITES = re.compile(r"\b(FROM|INTO|UPDATE)\b")
_OF_THE_ROW = re.compile(r"\b(?:new|old)\.\w+|\bRAISE\s*\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Trigger:
    """`sql` are its statements, and its condition if that reads something; the values of the row are parameters."""

    name: str
    event: str
    table: str
    columns: tuple[str, ...]
    sql: tuple[str, ...]


def fired(database: LibsqlDatabase, statements: Iterable[str]) -> list[Trigger]:
    """The triggers that one of these statements may fire, and those that are fired by them."""
    known = [_read(sql) for (sql,) in database.execute_sql(_ALL).fetchall()]
    waiting, reached = list(statements), set[str]()
    while waiting:
        sql = waiting.pop()
        new = [one for one in known if one.name not in reached and _is_fired(one, sql)]
        reached |= {one.name for one in new}
        waiting += [text for one in new for text in one.sql]
    return [one for one in known if one.name in reached]


def _read(sql: str) -> Trigger:
    match = _TRIGGER.fullmatch(sql)
    if match is None:
        raise ValueError(f"no trigger that is known here: {sql}")
    texts = [f"SELECT {match['only_if'] or ''}", *match["body"].split(";")]
    asking = tuple(_OF_THE_ROW.sub("?", text) for text in texts if _READS_OR_WRITES.search(text))
    return Trigger(match["name"], match["event"], match["table"], tuple((match["columns"] or "").split(", ")), asking)


def _is_fired(trigger: Trigger, sql: str) -> bool:
    if (trigger.event, trigger.table) not in set(_changes(sql)):
        return False
    set_of = "".join(re.findall(r"\bSET\b(.*?)(?:\bWHERE\b|$)", sql, re.DOTALL))
    return not any(trigger.columns) or any(re.search(rf"\b{column}\s*=", set_of) for column in trigger.columns)


def _changes(sql: str) -> Iterator[tuple[str, str]]:
    """What a statement does to which table. One that stands there may take the place of another row."""
    for *verbs, table in _CHANGE.findall(" ".join(sql.split())):
        yield "".join(verbs), table
        if "INSERT" in verbs and "DO UPDATE" in sql:
            yield "UPDATE", table
        if "INSERT OR REPLACE" in sql:
            yield "DELETE", table
