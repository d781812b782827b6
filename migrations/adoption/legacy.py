"""The database before adoption: which of its tables are PingToPass's, or why it cannot be adopted."""

from collections.abc import Mapping
from dataclasses import dataclass

from migrations.adoption import generation, target
from migrations.adoption.report import Refused
from migrations.tool import lease
from migrations.tool.schema.sqltext import quoted
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.releases import streams
from shared_schema.tables import OWNERS

RAW = (
    "users", "exams", "objectives", "questions", "study_sessions", "test_attempts", "user_answers", "user_progress",
)  # fmt: skip
KEPT_VALUES, KEPT_ROWS = "migration_adopted_values", "migration_adopted_rows"
_SHOWN = 8
_SYSTEM = ("sqlite_", "libsql_", "_litestream_")


@dataclass(frozen=True, slots=True)
class Source:
    """An old table. `columns` maps our name of a column, in small letters, to the old name."""

    name: str
    columns: Mapping[str, str]
    indexes: tuple[str, ...]
    triggers: tuple[str, ...]

    def sql(self, column: str) -> str:
        """SQL: the old value of one of our columns, with the table's name."""
        return f"{quoted(self.name)}.{quoted(self.columns[column])}"

    @property
    def row(self) -> str:
        return f"{quoted(self.name)}.rowid"


@dataclass(frozen=True, slots=True)
class Legacy:
    """The old database. `again` is the SQL, by name, of views and of triggers on other tables, which are made again."""

    made_by: str
    tables: Mapping[str, Source]
    untouched: tuple[str, ...]
    again: Mapping[str, tuple[str, str]]


def read(db: LibsqlDatabase, wanted: Mapping[str, target.Table]) -> Legacy:
    """Read the old database. Raises Refused for one that was adopted already, is empty, or not PingToPass's."""
    (objects,) = db.fetch([Statement("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid")])
    rows = [row for row in objects.rows if not row["name"].startswith(_SYSTEM) and row["name"] != lease.TABLE]
    names = {row["name"].lower(): row["name"] for row in rows if row["type"] == "table"}
    generation.check_whole(names, _owners(wanted), KEPT_VALUES)
    _check_names(db, names)
    ours = {name: names[name] for name in wanted if name in names}
    tables = {
        name: Source(
            actual,
            _columns(db, actual),
            tuple(row["name"] for row in rows if row["type"] == "index" and row["tbl_name"] == actual),
            tuple(row["name"] for row in rows if row["type"] == "trigger" and row["tbl_name"] == actual),
        )
        for name, actual in ours.items()
    }
    for name, source in tables.items():
        _check_table(db, source, wanted[name])
    return Legacy(
        _made_by(ours),
        tables,
        tuple(actual for name, actual in sorted(names.items()) if name not in ours),
        {
            row["name"]: (row["type"], row["sql"])
            for row in rows
            if row["type"] == "view" or (row["type"] == "trigger" and row["tbl_name"] not in ours.values())
        },
    )


def _owners(wanted: Mapping[str, target.Table]) -> dict[str, list[str]]:
    """The first tables of each stream that an older database may have."""
    return {
        stream: [
            name for model in models if (name := model._meta.table_name) in wanted and name not in target.OURS_ALONE
        ]
        for stream, models in OWNERS.items()
    }


def _check_names(db: LibsqlDatabase, names: Mapping[str, str]) -> None:
    if not names:
        raise Refused("the database is empty: `up` makes its tables")
    histories = [name for name in map(streams.history_table, streams.NEEDS) if name in names]
    if histories or KEPT_VALUES in names:
        raise Refused(
            f"the database is ours already: it has {', '.join(histories) or KEPT_VALUES}; `up` goes on with it"
        )
    generation.check(db, names)
    missing = [name for name in RAW if name not in names]
    there = [name for name in RAW if name in names]
    if set(there) <= {"users"}:
        raise Refused(
            f"this is the database of another application: of PingToPass's tables it has {', '.join(there) or 'none'},"
            f" and it has {', '.join(sorted(names)[:_SHOWN])}. Look which database TURSO_DATABASE_URL means"
        )
    if missing:
        raise Refused(
            f"this is a part of PingToPass: it has {', '.join(there)}, and {', '.join(missing)} are missing. Adopt the"
            " whole database, or restore a whole backup of it"
        )
    foreign = sorted(target.OURS_ALONE & names.keys())
    if foreign:
        raise Refused(f"{', '.join(foreign)}: a table of this name was never PingToPass's before; rename it first")


def _check_table(db: LibsqlDatabase, source: Source, wanted: target.Table) -> None:
    lacking = [
        column.name
        for column in wanted.columns
        if column.needed and column.default is None and column.source not in source.columns
        and (wanted.name, column.name) not in NOT_MISSED
    ]  # fmt: skip
    if lacking:
        raise Refused(f"{wanted.name} has no {', '.join(lacking)}, which cannot be made up")
    info, kind = db.fetch(
        [
            Statement(f"PRAGMA table_xinfo({quoted(source.name)})"),
            Statement("SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?", (source.name,)),
        ]
    )
    key = [row for row in info.rows if row["pk"]]
    numbered = next(column for column in wanted.columns if column.name == "id").kind == "integer"
    if [row["name"].lower() for row in key] != ["id"] or kind.value(int):
        raise Refused(f"{wanted.name} is not keyed by its id")
    if numbered and key[0]["type"].upper() != "INTEGER":
        raise Refused(f"{wanted.name}.id is {key[0]['type'] or 'of no type'}, not INTEGER PRIMARY KEY")
    if "rowid" in source.columns:
        raise Refused(f"{wanted.name} has a column named rowid")


# Columns that are needed and have no constant default, and that an old table may lack: they are derived.
NOT_MISSED = frozenset({("questions", "shuffle_key"), ("engagement_opportunities", "id")})


def _columns(db: LibsqlDatabase, table: str) -> dict[str, str]:
    (columns,) = db.fetch([Statement(f"PRAGMA table_xinfo({quoted(table)})")])
    return {row["name"].lower(): row["name"] for row in columns.rows if row["hidden"] == 0}


def _made_by(ours: Mapping[str, str]) -> str:
    if set(ours) == set(RAW):
        return f"the raw SQL ({len(ours)} tables)"
    return f"the TypeScript layer ({len(ours)} tables)"
