"""The writing: old rows into new tables, originals kept, rows set aside. SQLite's own recipe for changing a table
(sqlite.org/lang_altertable.html, section 7), some rows at a time so that no statement takes long.
"""

from collections.abc import Callable, Collection

from migrations.adoption import keys, scan
from migrations.adoption.found import Found, normalised, within
from migrations.adoption.legacy import KEPT_ROWS, KEPT_VALUES, Legacy
from migrations.adoption.scan import ASIDE
from migrations.adoption.target import Table
from migrations.tool.backup import dump
from migrations.tool.schema import sqltext
from shared_schema.database import Database, Statement

Progress = Callable[[str, int, int], None]

NEW = "migration_adopt_new_"
_RANKS = "migration_adopt_ranks"
_KEPT = (
    f"CREATE TABLE {KEPT_VALUES} (table_name TEXT NOT NULL, row_key ANY NOT NULL, column_name TEXT NOT NULL,"
    " rule TEXT NOT NULL, value ANY, PRIMARY KEY (table_name, column_name, row_key, rule)) STRICT, WITHOUT ROWID",
    f"CREATE TABLE {KEPT_ROWS} (table_name TEXT NOT NULL, row_key ANY NOT NULL, rule TEXT NOT NULL,"
    ' "row" TEXT NOT NULL, PRIMARY KEY (table_name, row_key, rule)) STRICT, WITHOUT ROWID',
    f"CREATE TABLE {ASIDE} (table_name TEXT NOT NULL, row_id INTEGER NOT NULL, rule TEXT NOT NULL,"
    " PRIMARY KEY (table_name, row_id)) STRICT, WITHOUT ROWID",
    f"CREATE TABLE {_RANKS} (id INTEGER NOT NULL PRIMARY KEY, rank INTEGER NOT NULL) STRICT",
)


def begin(db: Database) -> None:
    """The tables that keep what a rule loses, and two of our own for the time of the adoption."""
    for sql in _KEPT:
        db.execute_sql(sql)


def end(db: Database) -> None:
    for table in (ASIDE, _RANKS):
        db.execute_sql(f"DROP TABLE {table}")


def set_aside(db: Database, found: Found, mend: Collection[str]) -> None:
    """Note the rows that do not come along; from here on `found.stays` leaves them out."""
    name = found.wanted.name
    for hits in found.hits:
        if any(case.aside for case, _, _ in hits.cases):
            which = " OR ".join(f"{hits.label()} = {n}" for n, (case, _, _) in enumerate(hits.cases) if case.aside)
            chosen = f"SELECT '{name}', {found.source.row}, {hits.rule()} FROM \"{found.source.name}\""
            db.execute_sql(f"INSERT OR IGNORE INTO {ASIDE} {chosen} WHERE {hits.dirty} AND ({which})")
    _exclude(db, found)


def set_repeats_aside(db: Database, found: Found) -> None:
    """The same for the rows of a key that are not its best."""
    for key in found.repeats:
        if key.mend == "duplicate-aside":
            ranked = keys.ranked(key, f"({normalised(found, key)})", f"'{key.table}', row_id, '{key.mend}'")
            db.execute_sql(f"INSERT OR IGNORE INTO {ASIDE} {ranked}")
    _exclude(db, found)


def _exclude(db: Database, found: Found) -> None:
    if aside(db, found):
        gone = f"SELECT 1 FROM {ASIDE} a WHERE a.table_name = '{found.wanted.name}' AND a.row_id = {found.source.row}"
        found.stays = f"NOT EXISTS ({gone})"


def aside(db: Database, found: Found) -> int:
    (counted,) = db.fetch([Statement(f"SELECT count(*) AS n FROM {ASIDE} WHERE table_name = ?", (found.wanted.name,))])
    return counted.value(int)


def copy(db: Database, found: Found, progress: Progress) -> None:
    """Make the new table beside the old one, and fill it; keep what would be lost."""
    name, source = found.wanted.name, found.source
    db.execute_sql(_create(found.wanted))
    columns, values = ", ".join(f'"{each}"' for each in found.values), ", ".join(found.values.values())
    where = f"{within(source)} AND {found.stays}"
    keeping = [*_kept_values(found), *_unknown_columns(found)]
    for n, (low, high) in enumerate(found.ranges):
        db.execute_sql(
            f'INSERT INTO "{NEW}{name}" ({columns}) SELECT {values} FROM "{source.name}" WHERE {where}'
            f" ORDER BY {source.row}",
            (low, high),
        )
        for sql in keeping:
            db.execute_sql(f"{sql} AND {where}", (low, high))
        progress(f"copying {name}", min(found.rows, (n + 1) * scan.ROWS_AT_ONCE), found.rows)
    _keep_rows(db, found)


def _kept_values(found: Found) -> list[str]:
    """The statements that keep originals; what they lack is which rows."""
    return [
        _keep(found, hits.column.source, hits.rule(), hits.x) + f" WHERE {hits.dirty} AND ({hits.keep()})"
        for hits in found.hits
        if any(kept for _, _, kept in hits.cases)
    ]


def _unknown_columns(found: Found) -> list[str]:
    return [
        _keep(found, name, "'unknown-column'", found.source.sql(name)) + f" WHERE {found.source.sql(name)} IS NOT NULL"
        for name in found.unknown
    ]


def _keep(found: Found, column: str, rule: str, value: str) -> str:
    key = found.source.sql("id")
    row = f"'{found.wanted.name}', {key}, '{found.source.columns[column]}', {rule}, {value}"
    into = f"INSERT INTO {KEPT_VALUES} (table_name, row_key, column_name, rule, value)"
    return f'{into} SELECT {row} FROM "{found.source.name}"'


def _keep_rows(db: Database, found: Found) -> None:
    """Rows set aside, each as a JSON mapping of its columns to SQL literals: JSON alone is neither exact nor whole."""
    name, source = found.wanted.name, found.source
    pairs = ", ".join(f"'{actual}', {dump.literal(source.sql(column))}" for column, actual in source.columns.items())
    key = f"coalesce({source.sql('id')}, 'row ' || {source.row})"
    db.execute_sql(
        f"INSERT INTO {KEPT_ROWS} SELECT '{name}', {key}, a.rule, json_object({pairs})"
        f" FROM {ASIDE} a JOIN \"{source.name}\" ON {source.row} = a.row_id WHERE a.table_name = '{name}'"
    )


def mend_repeats(db: Database, found: Found) -> None:
    """Give the rows of a key that are not its best another one, in the new table; the original is kept."""
    new = f'"{NEW}{found.wanted.name}"'
    for key in found.repeats:
        if key.mend == "duplicate-aside":
            continue
        column = keys.changed_column(key)
        kept = f"'{key.table}', id, '{column}', '{key.mend}', {column}"
        db.execute_sql(f"INSERT INTO {KEPT_VALUES} {keys.ranked(key, new, kept)}")
        mine = f"table_name = '{key.table}' AND column_name = '{column}' AND rule = '{key.mend}'"
        which = f"SELECT row_key FROM {KEPT_VALUES} WHERE {mine}"
        db.execute_sql(f"UPDATE {new} SET {column} = {keys.mended(key)} WHERE id IN ({which})")


def renumber_attempts(db: Database) -> int:
    """Number the answers of a person to a question in the order they were given; how many changed their number."""
    new = f'"{NEW}user_answers"'
    rank = "row_number() OVER (PARTITION BY user_id, question_id ORDER BY answered_at, id)"
    ranked = f"SELECT id, attempt_number, {rank} AS rank FROM {new}"
    changed = f"SELECT id, rank FROM ({ranked}) WHERE rank <> attempt_number ORDER BY id"
    db.execute_sql(f"INSERT INTO {_RANKS} (id, rank) {changed}")
    kept = "SELECT 'user_answers', r.id, 'attempt_number', 'renumber', a.attempt_number"
    db.execute_sql(f"INSERT INTO {KEPT_VALUES} {kept} FROM {_RANKS} r JOIN {new} a ON a.id = r.id ORDER BY r.id")
    db.execute_sql(f"UPDATE {new} SET attempt_number = r.rank FROM {_RANKS} r WHERE r.id = {new}.id")
    (counted,) = db.fetch([Statement(f"SELECT count(*) AS n FROM {_RANKS}")])
    return counted.value(int)


def replace(db: Database, old: Legacy, wanted: Collection[Table], progress: Progress) -> None:
    """Drop the old tables, put the new ones in their place, and add the tables and indexes that are missing.

    Views and triggers go first: while a table is away, the engine refuses to rename anything that one of them names.
    """
    for name, (kind, _) in old.again.items():
        db.execute_sql(f"DROP {kind} {sqltext.quoted(name)}")
    _keep_triggers(db, old)
    _keep_sequences(db, old)
    for source in old.tables.values():
        db.execute_sql(f"DROP TABLE {sqltext.quoted(source.name)}")
    for n, table in enumerate(wanted):
        if table.name in old.tables:
            db.execute_sql(f'ALTER TABLE "{NEW}{table.name}" RENAME TO "{table.name}"')
        else:
            db.execute_sql(table.sql)
        for sql in table.indexes.values():
            db.execute_sql(sql)
        progress("indexes", n + 1, len(wanted))


def make_again(db: Database, old: Legacy) -> None:
    """The views and triggers that are not of PingToPass's tables."""
    for _, sql in old.again.values():
        db.execute_sql(sql)


def _keep_triggers(db: Database, old: Legacy) -> None:
    """Triggers on our tables go with them: what they did (times as text) must not be done any more."""
    for name, source in old.tables.items():
        for trigger in source.triggers:
            kept = "SELECT ?, name, 'trigger-removed', json_object('sql', sql) FROM sqlite_master WHERE name = ?"
            db.execute_sql(f"INSERT INTO {KEPT_ROWS} {kept}", (name, trigger))


def _keep_sequences(db: Database, old: Legacy) -> None:
    """The highest id an AUTOINCREMENT ever gave; the engine forgets it with the table."""
    (found,) = db.fetch([Statement("SELECT 1 AS n FROM sqlite_master WHERE name = 'sqlite_sequence'")])
    for name, source in old.tables.items() if found.rows else ():
        kept = "SELECT ?, name, 'sqlite_sequence', 'sequence', seq FROM sqlite_sequence WHERE name = ?"
        db.execute_sql(f"INSERT INTO {KEPT_VALUES} {kept}", (name, source.name))


def _create(table: Table) -> str:
    return table.sql.replace(f'"{table.name}"', f'"{NEW}{table.name}"', 1)
