"""What would run, as text: for each migration its statements, its backfills, and what the linter finds in it."""

import textwrap
from collections.abc import Iterator, Sequence

from migrations.tool import chunks
from migrations.tool.lint import Finding
from migrations.tool.rehearsal import Rehearsed
from migrations.tool.schema import sqltext
from shared_schema.releases.files import Backfill

_WIDTH = 120


def lines(rehearsed: Sequence[Rehearsed], findings: Sequence[Finding] = ()) -> list[str]:
    """The plan, line by line. Statements are as they stand in the migrations, with a semicolon at the end."""
    plan: list[str] = []
    for result in rehearsed:
        plan += _migration(result, [finding for finding in findings if finding.migration == str(result.migration)])
    return plan


def _migration(rehearsed: Rehearsed, findings: Sequence[Finding]) -> Iterator[str]:
    migration = rehearsed.migration
    yield f"{migration} ({migration.phase}): {migration.title}"
    for step in rehearsed.steps:
        yield from (f"    {line}" for line in statement(step.sql))
    for backfill in migration.backfills:
        yield f"    {backfill_line(backfill)}"
    if rehearsed.error:
        yield f"    stops: {rehearsed.error}"
    yield from (f"    {sentence}" for sentence in rehearsed.untried)
    yield from (f"  {line}" for finding in findings for line in finding_lines(finding))
    yield ""


def statement(sql: str) -> list[str]:
    """The lines of one statement, laid out for reading: the columns of a table one a line."""
    text, clauses = sqltext.plain(sql).rstrip(";") + ";", sqltext.clauses(sql)
    if not clauses:
        return [text]
    head, tail = text[: text.index("(") + 1], text[text.rindex(")") :]
    return [head, *(f"    {clause}," for clause in clauses[:-1]), f"    {clauses[-1]}", tail]


def finding_lines(finding: Finding) -> list[str]:
    """A finding as wrapped lines, with the author's reason where it is allowed."""
    level = f"allowed ({finding.allowed})" if finding.allowed else finding.severity
    return textwrap.wrap(f"{level}: {finding.rule}: {finding.message}", _WIDTH - 2, subsequent_indent="    ")


def backfill_line(backfill: Backfill) -> str:
    """The UPDATE of a backfill, which runs in chunks."""
    return f"{chunks.whole(backfill)};  -- afterwards, in chunks of {backfill.key}"
