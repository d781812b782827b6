"""The tables of an adopted database: those that the first migration of each stream builds, column by column."""

import re
import tempfile
from dataclasses import dataclass
from typing import Literal

from migrations.tool import router
from migrations.tool.schema import sqltext
from shared_schema.database import Database, Statement
from shared_schema.releases import streams

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
_LISTS = frozenset({"permissions", "answers", "tags", "objectives", "question_ids"})
_MAPPINGS = frozenset(
    {"difficulty_filter", "objective_scores", "objective_mastery", "metrics", "entities", "ai_analysis"}
)
_DOCUMENTS = frozenset(
    {
        "objective_breakdown", "time_per_question", "weak_topics", "recommended_objectives", "topics", "vocabulary",
        "examples", "voice_data", "old_values", "new_values", "metadata", "usage",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """`default` is SQL, None where there is none or it differs from row to row. `json`: list, mapping or any."""

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
        db = Database(f"file:{scratch}/target.db")
        try:
            for stream in streams.NEEDS:
                router.StreamRouter(db, stream).run(BASELINE)
            return _parents_first({table.name: table for table in _tables(db)})
        finally:
            db.close()


def _tables(db: Database) -> list[Table]:
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


def _columns(db: Database, table: str, sql: str) -> tuple[Column, ...]:
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
    bounds = re.search(r"BETWEEN (\S+) AND (\S+?)\)", clause)
    source, decimals = _MONEY.get((table, name), (name, 0))
    flag = "IN (0, 1)" in clause or name in _FLAGS
    return Column(
        name=name,
        kind=_kind(name, type_, flag=flag, enum=bool(allowed), money=bool(decimals)),
        needed=needed,
        default=None if default is None or "random" in default else default,
        allowed=allowed,
        low=float(bounds[1]) if bounds else None,
        high=float(bounds[2]) if bounds else None,
        parent=_first(r'REFERENCES "(\w+)"', clause) or None,
        json="list" if name in _LISTS else "mapping" if name in _MAPPINGS else "any" if name in _DOCUMENTS else "",
        source=source,
        decimals=decimals,
    )


def _kind(name: str, type_: str, *, flag: bool, enum: bool, money: bool) -> Kind:
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
    if name in _LISTS | _MAPPINGS | _DOCUMENTS:
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
