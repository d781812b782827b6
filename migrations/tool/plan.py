"""What would run, as text: for each migration its statements, its backfills, and what the rules say of it."""

import textwrap
from collections.abc import Iterator, Sequence

from migrations.tool.lint import Finding
from migrations.tool.rehearsal import Rehearsed
from migrations.tool.schema import sqltext
from shared_schema.releases.files import Backfill

_WIDTH = 120


def lines(rehearsed: Sequence[Rehearsed], findings: Sequence[Finding] = ()) -> list[str]:
    """The plan, line by line. Statements are as the migrations say them, each ended by a semicolon."""
    return [line for each in rehearsed for line in _of(each, [f for f in findings if f.migration == str(each.written)])]


def _of(rehearsed: Rehearsed, findings: Sequence[Finding]) -> Iterator[str]:
    written = rehearsed.written
    yield f"{written} ({written.phase}): {written.title}"
    for step in rehearsed.steps:
        yield from (f"    {line}" for line in statement(step.sql))
    for backfill in written.backfills:
        yield f"    {_chunks(backfill)}"
    if rehearsed.error:
        yield f"    stops: {rehearsed.error}"
    yield from (f"  {line}" for each in findings for line in finding(each))
    yield ""


def statement(sql: str) -> list[str]:
    """One statement, laid out for reading: a table's columns one a line."""
    text, columns = sqltext.plain(sql).rstrip(";") + ";", sqltext.clauses(sql)
    if not columns:
        return [text]
    head, tail = text[: text.index("(") + 1], text[text.rindex(")") :]
    return [head, *(f"    {part}," for part in columns[:-1]), f"    {columns[-1]}", tail]


def finding(found: Finding) -> list[str]:
    """A finding as wrapped lines, with the reason where it is allowed."""
    level = f"allowed ({found.allowed})" if found.allowed else found.severity
    return textwrap.wrap(f"{level}: {found.rule}: {found.message}", _WIDTH - 2, subsequent_indent="    ")


def _chunks(backfill: Backfill) -> str:
    where = "" if backfill.where == "1" else f" WHERE {backfill.where}"
    return f"UPDATE {backfill.table} SET {backfill.set}{where};  -- afterwards, in chunks of {backfill.key}"
