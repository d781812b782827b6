"""What `up` would do as a script of SQL, for a person who runs it with another program."""

from collections.abc import Iterator, Sequence

from migrations.tool import chunks, exits, sqlvalues
from migrations.tool.apply import backfill
from migrations.tool.rehearsal import Rehearsed
from migrations.tool.schema import sqltext
from migrations.tool.schema.sqltext import quoted
from shared_schema.database import sql as statements
from shared_schema.releases import streams
from shared_schema.releases.files import Backfill

# A script has no IF: this SELECT fails, and the program that runs the script stops before the COMMIT.
_NO_BROKEN_REFERENCE = """SELECT CASE WHEN EXISTS (SELECT 1 FROM pragma_foreign_key_check)
    THEN abs(-9223372036854775808) ELSE 'every reference leads to a row' END;"""
_HEAD = """-- Make a backup first. Run this while nobody else writes, with a program that stops at the first error, as
-- `sqlite3 -bail FILE < script.sql` does. Each migration is one transaction: where it fails, nothing of it was done."""


class NoScript(exits.Stopped):
    """A migration decides by rows that it reads what it does, so no script can stand for it."""


def lines(rehearsed: Sequence[Rehearsed], unfinished: dict[str, Backfill]) -> list[str]:
    """The script, line by line; empty where there is nothing to do. Raises NoScript."""
    if not rehearsed and not unfinished:
        return []
    script = [_HEAD, ""]
    for name, step in unfinished.items():
        stream, migration, number = name.split("/")
        script += _backfill(stream, migration, int(number), step)
    for result in rehearsed:
        script += _migration(result)
    return script


def _migration(result: Rehearsed) -> Iterator[str]:
    migration = result.migration
    if asked := next((step for step in result.steps if step.after_query), None):
        raise NoScript(
            f"{migration} reads rows before `{asked.text}`, and with real rows it may do something else than at its "
            "rehearsal: no script can stand for it, run `up`"
        )
    yield f"-- {migration} ({migration.phase}): {migration.title}"
    yield "PRAGMA foreign_keys = OFF;"
    yield "BEGIN IMMEDIATE;"
    yield from _history_table(result)
    for step in result.steps:
        if statements.shape(step.sql).writes or step.before is not step.after:
            yield _ended(sqlvalues.inlined(step.sql, step.parameters))
    values = ", ".join(map(sqltext.text, (migration.name, migration.phase, migration.checksum)))
    yield f"INSERT INTO {quoted(streams.history_table(migration.stream))} (name, phase, checksum) VALUES ({values});"
    if migration.backfills:
        yield _ended(backfill.CREATE.strip())
    for number, _ in enumerate(migration.backfills):
        key = f"{sqltext.text(migration.stream)}, {sqltext.text(migration.name)}, {number}"
        yield f"INSERT INTO {backfill.TABLE} (stream, name, step) VALUES ({key});"
    yield "PRAGMA foreign_key_check;  -- must give no row"
    yield from (_NO_BROKEN_REFERENCE, "COMMIT;", "PRAGMA foreign_keys = ON;", "")
    for number, filling in enumerate(migration.backfills):
        yield from _backfill(migration.stream, migration.name, number, filling)


def _history_table(result: Rehearsed) -> list[str]:
    """The statements that make the history of a stream that has none yet."""
    table = streams.history_table(result.migration.stream)
    before = {entry.name for entry in result.before.objects}
    made = [entry for entry in result.after.objects if entry.of == table and entry.name not in before]
    return [_ended(entry.sql) for entry in made]


def _backfill(stream: str, name: str, number: int, step: Backfill) -> Iterator[str]:
    where = f"stream = {sqltext.text(stream)} AND name = {sqltext.text(name)} AND step = {number}"
    yield f"-- the backfill {number} of {stream}/{name}"
    yield "BEGIN IMMEDIATE;"
    yield _ended(chunks.whole(step))
    yield f"UPDATE {backfill.TABLE} SET rows = rows + changes(), finished_at = unixepoch() WHERE {where};"
    yield from ("COMMIT;", "")


def _ended(sql: str) -> str:
    """A statement with its semicolon, which must not fall into a comment at its end."""
    text = sql.strip().rstrip(";").rstrip()
    return f"{text}\n;" if "--" in text.rpartition("\n")[2] else f"{text};"
