"""The tables of an adopted database: those that the first migration of each stream builds, column by column."""

import re
import tempfile
from dataclasses import dataclass
from typing import Any, Literal

import marshmallow

from migrations.adoption import ranges
from migrations.tool import router
from migrations.tool.schema import sqltext
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.fields import JSONField
from shared_schema.releases import streams
from shared_schema.tables import OWNERS

BASELINE = "001_first_tables"
# Tables that came with the services. Older databases do not have them.
OURS_ALONE = frozenset({"consistency_clock", "idempotency_keys"})

Kind = Literal["time", "day", "flag", "integer", "real", "money", "enum", "json", "text"]

_TIMES = frozenset({"last_login", "last_activity"})
_DAYS = frozenset({"last_study_date", "last_test_date", "date"})
_FLAGS = frozenset({"passed"})  # and every column that may be 0 or 1 only
_MONEY = {  # our column in whole micro-dollars; the old column, and how many decimals its unit has then
    ("engagement_opportunities", "ai_cost_microusd"): ("ai_cost", 6),
    ("growth_metrics", "ai_cost_microusd"): ("ai_costs", 6),
    ("ai_generation_log", "cost_microusd"): ("cost_cents", 4),
}
# The options of a question. They are examined in Python alone, with the question's type: see `questions`.
OPTIONS = ("questions", "answers")
# The shapes of JSON documents, as the models of today describe them: the services read the adopted rows with these.
_SHAPES = {
    (model._meta.table_name, name): field.shape
    for models in OWNERS.values()
    for model in models
    for name, field in model._meta.columns.items()
    if isinstance(field, JSONField)
}
_ANY: marshmallow.fields.Field[Any] = marshmallow.fields.Raw()


@dataclass(frozen=True, slots=True)
class Column:
    """`default` is SQL, None where there is none or it differs from row to row. `json`: list or mapping; `shape` is
    how the models describe such a document. A `past` time or day is of what has happened.
    """

    name: str
    kind: Kind
    needed: bool
    default: str | None
    allowed: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    parent: str | None = None
    json: str = ""
    source: str = ""
    decimals: int = 0
    shape: marshmallow.fields.Field[Any] = _ANY
    past: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`sql` and `indexes` are the text in the schema; `columns` those that can be written."""

    name: str
    sql: str
    indexes: dict[str, str]
    columns: tuple[Column, ...]


def read() -> dict[str, Table]:
    """Every table of the three baselines, each after those it refers to."""
    with tempfile.TemporaryDirectory() as scratch:
        db = LibsqlDatabase(f"file:{scratch}/target.db")
        try:
            for stream in streams.NEEDS:
                router.StreamRouter(db, stream).run(BASELINE)
            return _parents_first({table.name: table for table in _tables(db)})
        finally:
            db.close()


def _tables(db: LibsqlDatabase) -> list[Table]:
    histories = {streams.history_table(stream) for stream in streams.NEEDS}
    (master,) = db.fetch([Statement("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL")])
    indexes = [row for row in master.rows if row["type"] == "index"]
    return [
        Table(
            row["name"],
            row["sql"],
            {index["name"]: index["sql"] for index in indexes if index["tbl_name"] == row["name"]},
            _columns(db, row["name"], row["sql"]),
        )
        for row in master.rows
        if row["type"] == "table" and row["name"] not in histories and not row["name"].startswith("sqlite_")
    ]


def _columns(db: LibsqlDatabase, table: str, sql: str) -> tuple[Column, ...]:
    clauses = {
        clause.split('"')[1]: clause for clause in sqltext.clauses(sqltext.normal(sql)) if clause.startswith('"')
    }
    (columns,) = db.fetch([Statement(f'PRAGMA table_xinfo("{table}")')])
    return tuple(
        _column(table, row["name"], row["type"], bool(row["notnull"]), row["dflt_value"], clauses[row["name"]])
        for row in columns.rows
        if row["hidden"] == 0
    )


def _column(table: str, name: str, type_: str, needed: bool, default: str | None, clause: str) -> Column:
    allowed = tuple(re.findall(r"'([^']*)'", _first(r"CHECK \(\w+ IN \(('.*?)\)\)", clause)))
    source, decimals = _MONEY.get((table, name), (name, 0))
    shape = _SHAPES.get((table, name), _ANY)
    flag = "IN (0, 1)" in clause or name in _FLAGS
    kind = _kind(table, name, type_, flag=flag, enum=bool(allowed), money=bool(decimals))
    low, high = _bounds(table, name, clause) if kind in ("integer", "real") else (None, None)
    return Column(
        name=name,
        kind=kind,
        needed=needed,
        default=None if default is None or "random" in default else default,
        allowed=allowed,
        low=low,
        high=high,
        parent=_first(r'REFERENCES "(\w+)"', clause) or None,
        json="" if shape is _ANY else "list" if isinstance(shape, marshmallow.fields.List) else "mapping",
        source=source,
        decimals=decimals,
        shape=shape,
        past=kind in ("time", "day") and ranges.is_past(name),
    )


def _bounds(table: str, name: str, clause: str) -> tuple[float, float] | tuple[None, None]:
    """The least and the greatest number: by the CHECK of the schema, else by what the services count on."""
    checked = re.search(r"BETWEEN (\S+) AND (\S+?)\)", clause)
    if checked:
        return float(checked[1]), float(checked[2])
    return ranges.of(table, name) or (None, None)


def _kind(table: str, name: str, type_: str, *, flag: bool, enum: bool, money: bool) -> Kind:
    if type_ == "INTEGER":
        if money:
            return "money"
        if flag:
            return "flag"
        return "time" if name.endswith("_at") or name in _TIMES else "integer"
    if type_ == "REAL":
        return "real"
    if enum:
        return "enum"
    if (table, name) == OPTIONS:
        return "text"
    if (table, name) in _SHAPES:
        return "json"
    return "day" if name in _DAYS else "text"


def _first(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    return match[1] if match else ""


def _parents_first(tables: dict[str, Table]) -> dict[str, Table]:
    ordered: dict[str, Table] = {}
    while len(ordered) < len(tables):
        for name, table in tables.items():
            parents = {column.parent for column in table.columns if column.parent} - {name}
            if name not in ordered and parents <= ordered.keys():
                ordered[name] = table
    return ordered
