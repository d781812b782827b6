"""The writing: old rows into new tables, originals kept, rows set aside. SQLite's own recipe for changing a table
(sqlite.org/lang_altertable.html, section 7), some rows at a time so that no statement takes long.
"""

from collections.abc import Callable, Collection

from migrations.adoption import found, keys, scan
from migrations.adoption.examined import Examined, normalised, within
from migrations.adoption.legacy import KEPT_ROWS, KEPT_VALUES, Legacy
from migrations.adoption.neighbours import ASIDE
from migrations.adoption.target import Table
from migrations.tool.backup import dump
from migrations.tool.schema import sqltext
from shared_schema.database import LibsqlDatabase, Statement

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
    found.MADE,
)


def begin(db: LibsqlDatabase) -> None:
    """Make the tables that keep what a rule loses, and the scratch tables for the time of the adoption."""
    for sql in _KEPT:
        db.execute_sql(sql)


def end(db: LibsqlDatabase) -> None:
    for table in (ASIDE, _RANKS, found.FOUND):
        db.execute_sql(f"DROP TABLE {table}")


def set_aside(db: LibsqlDatabase, examined: Examined, mend: Collection[str]) -> None:
    """Note the rows that are not copied. From here on `examined.stays` leaves them out."""
    name = examined.wanted.name
    for hits in examined.hits:
        if any(case.aside for case, _, _ in hits.cases):
            which = " OR ".join(f"{hits.label()} = {n}" for n, (case, _, _) in enumerate(hits.cases) if case.aside)
            chosen = f"SELECT '{name}', {examined.source.row}, {hits.rule()} FROM \"{examined.source.name}\""
            db.execute_sql(f"INSERT OR IGNORE INTO {ASIDE} {chosen} WHERE {hits.dirty} AND ({which})")
    _exclude(db, examined)


def set_repeats_aside(db: LibsqlDatabase, examined: Examined) -> None:
    """The same for rows with the key of a better row."""
    for key in examined.repeats:
        if key.mend == "duplicate-aside":
            ranked = keys.ranked(key, f"({normalised(examined, key)})", f"'{key.table}', row_id, '{key.mend}'")
            db.execute_sql(f"INSERT OR IGNORE INTO {ASIDE} {ranked}")
    _exclude(db, examined)


def _exclude(db: LibsqlDatabase, examined: Examined) -> None:
    if aside(db, examined):
        name, row = examined.wanted.name, examined.source.row
        gone = f"SELECT 1 FROM {ASIDE} a WHERE a.table_name = '{name}' AND a.row_id = {row}"
        examined.stays = f"NOT EXISTS ({gone})"


def aside(db: LibsqlDatabase, examined: Examined) -> int:
    (counted,) = db.fetch(
        [Statement(f"SELECT count(*) AS n FROM {ASIDE} WHERE table_name = ?", (examined.wanted.name,))]
    )
    return counted.value(int)


def copy(db: LibsqlDatabase, examined: Examined, progress: Progress) -> None:
    """Make the new table beside the old one and fill it. Originals that would be lost are saved."""
    name, source = examined.wanted.name, examined.source
    db.execute_sql(_create(examined.wanted))
    columns, values = ", ".join(f'"{column}"' for column in examined.values), ", ".join(examined.values.values())
    where = f"{within(source)} AND {examined.stays}"
    keeping = [*_kept_values(examined), *_unknown_columns(examined)]
    for n, (low, high) in enumerate(examined.ranges):
        db.execute_sql(
            f'INSERT INTO "{NEW}{name}" ({columns}) SELECT {values} FROM "{source.name}" WHERE {where}'
            f" ORDER BY {source.row}",
            (low, high),
        )
        for sql in keeping:
            db.execute_sql(f"{sql} AND {where}", (low, high))
        progress(f"copying {name}", min(examined.rows, (n + 1) * scan.ROWS_AT_ONCE), examined.rows)
    _keep_rows(db, examined)


def _kept_values(examined: Examined) -> list[str]:
    """INSERT statements that save the originals of changed values; the caller adds the range of rows."""
    return [
        _keep(examined, hits.column.source, hits.rule(), hits.x) + f" WHERE {hits.dirty} AND ({hits.keep()})"
        for hits in examined.hits
        if any(kept for _, _, kept in hits.cases)
    ]


def _unknown_columns(examined: Examined) -> list[str]:
    return [
        _keep(examined, name, "'unknown-column'", examined.source.sql(name))
        + f" WHERE {examined.source.sql(name)} IS NOT NULL"
        for name in examined.unknown
    ]


def _keep(examined: Examined, column: str, rule: str, value: str) -> str:
    key = examined.source.sql("id")
    row = f"'{examined.wanted.name}', {key}, '{examined.source.columns[column]}', {rule}, {value}"
    into = f"INSERT INTO {KEPT_VALUES} (table_name, row_key, column_name, rule, value)"
    return f'{into} SELECT {row} FROM "{examined.source.name}"'


def _keep_rows(db: LibsqlDatabase, examined: Examined) -> None:
    """Save the rows that were set aside, as JSON of each column's SQL literal. JSON values alone would not be exact."""
    name, source = examined.wanted.name, examined.source
    pairs = ", ".join(f"'{actual}', {dump.literal(source.sql(column))}" for column, actual in source.columns.items())
    key = f"coalesce({source.sql('id')}, 'row ' || {source.row})"
    db.execute_sql(
        f"INSERT INTO {KEPT_ROWS} SELECT '{name}', {key}, a.rule, json_object({pairs})"
        f" FROM {ASIDE} a JOIN \"{source.name}\" ON {source.row} = a.row_id WHERE a.table_name = '{name}'"
    )


def mend_repeats(db: LibsqlDatabase, examined: Examined) -> None:
    """Give rows with the key of a better row another key, in the new table. The original is saved."""
    new = f'"{NEW}{examined.wanted.name}"'
    for key in examined.repeats:
        if key.mend == "duplicate-aside":
            continue
        column = keys.changed_column(key)
        kept = f"'{key.table}', id, '{column}', '{key.mend}', {column}"
        db.execute_sql(f"INSERT INTO {KEPT_VALUES} {keys.ranked(key, new, kept)}")
        mine = f"table_name = '{key.table}' AND column_name = '{column}' AND rule = '{key.mend}'"
        which = f"SELECT row_key FROM {KEPT_VALUES} WHERE {mine}"
        db.execute_sql(f"UPDATE {new} SET {column} = {keys.mended(key)} WHERE id IN ({which})")


def renumber_attempts(db: LibsqlDatabase) -> int:
    """Number the answers of a person to a question in their order. Returns how many numbers have changed."""
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


def replace(db: LibsqlDatabase, old: Legacy, wanted: Collection[Table], progress: Progress) -> None:
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


def make_again(db: LibsqlDatabase, old: Legacy) -> None:
    """Make the views and the triggers of other tables again."""
    for _, sql in old.again.values():
        db.execute_sql(sql)


def _keep_triggers(db: LibsqlDatabase, old: Legacy) -> None:
    """Save the SQL of the triggers on our tables. They are not made again: they wrote times as text."""
    for name, source in old.tables.items():
        for trigger in source.triggers:
            kept = "SELECT ?, name, 'trigger-removed', json_object('sql', sql) FROM sqlite_master WHERE name = ?"
            db.execute_sql(f"INSERT INTO {KEPT_ROWS} {kept}", (name, trigger))


def _keep_sequences(db: LibsqlDatabase, old: Legacy) -> None:
    """Save the highest id that AUTOINCREMENT has given: the engine forgets it with the old table."""
    (exists,) = db.fetch([Statement("SELECT 1 AS n FROM sqlite_master WHERE name = 'sqlite_sequence'")])
    for name, source in old.tables.items() if exists.rows else ():
        kept = "SELECT ?, name, 'sqlite_sequence', 'sequence', seq FROM sqlite_sequence WHERE name = ?"
        db.execute_sql(f"INSERT INTO {KEPT_VALUES} {kept}", (name, source.name))


def _create(table: Table) -> str:
    return table.sql.replace(f'"{table.name}"', f'"{NEW}{table.name}"', 1)
