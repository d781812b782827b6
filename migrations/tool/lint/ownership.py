"""Rules between streams: a stream changes its own tables only, and drops nothing that a service still reads."""

from collections.abc import Iterator

from migrations.tool.lint import virtual_tables
from migrations.tool.lint.case import Broken, Case
from migrations.tool.rehearsal.record import Step
from migrations.tool.schema import structure, virtual
from shared_schema.releases import streams


def other_owner(case: Case) -> Iterator[Broken]:
    """A change of a table that belongs to another stream, or to the migration tool."""
    stream = case.migration.stream
    for step in (*case.steps, *case.fillings):
        for table in _changed(step):
            owner = case.owner(table)
            if structure.of_tool(table):
                yield Broken(step.sql, f'"{table}" is the migration tool\'s own: leave it alone, the tool keeps it.')
            elif owner not in (None, stream):
                yield Broken(
                    step.sql,
                    f'"{table}" belongs to the stream {owner}, which deploys on another day. Write this step as a '
                    f"migration of {owner} (`new {owner} …`), and let {stream} begin to rely on it afterwards.",
                )


def _changed(step: Step) -> list[str]:
    """Tables and views whose rows, text, indexes or triggers a statement changes."""
    if step.before is step.after:
        target = virtual_tables.written(step)
        return sorted(step.writes | ({target} if target else set()))
    names = {entry.of for entry in (*step.before.objects, *step.after.objects)}
    return sorted(name for name in names if step.before.attached(name) != step.after.attached(name))


def foreign_names(case: Case) -> Iterator[Broken]:
    """A view, trigger or full-text index that names a table of another stream."""
    stream = case.migration.stream
    old = {entry.name: entry for entry in case.rehearsed.before.objects}
    for entry in case.rehearsed.after.objects:
        if (
            entry.kind in ("table", "index")
            or old.get(entry.name) == entry
            or case.owner(entry.of) not in (None, stream)
        ):
            continue
        for table in sorted(virtual.names(entry) - {entry.of.lower()}):
            if (owner := case.owner(table)) not in (None, stream):
                yield Broken(
                    _last(case, entry.name),
                    f'"{entry.name}" names "{table}" of the stream {owner}: when {owner} rebuilds that table, or drops '
                    f'a column, the engine stops at "{entry.name}", of which {owner} knows nothing. Read "{table}" in '
                    f"a query of the {stream} service instead.",
                )


def _last(case: Case, name: str) -> str:
    """The last statement that made or changed the table, view or trigger."""
    steps = [step.sql for step in case.steps if step.before.texts.get(name) != step.after.texts.get(name)]
    return steps[-1] if steps else ""


def foreign_reference(case: Case) -> Iterator[Broken]:
    """A new foreign key to a table of a stream which this stream does not need, and which may not be there yet."""
    stream = case.migration.stream
    allowed = {None, stream, *streams.NEEDS.get(stream, ())}
    for name, table in case.rehearsed.after.tables.items():
        old = case.tables.get(name)
        for column, parent in table.parents.items():
            known = old is not None and old.parents.get(column) == parent
            if known or case.owner(name) != stream or case.owner(parent) in allowed:
                continue
            yield Broken(
                _last(case, name),
                f'"{name}"."{column}" refers to "{parent}" of the stream {case.owner(parent)}, which {stream} does '
                f"not need (streams.NEEDS), so the table may not be there. Keep the id without REFERENCES, or let "
                f"{stream} need {case.owner(parent)}.",
            )


def still_read(case: Case) -> Iterator[Broken]:
    """A table or column that is taken away while code of this very version names it."""
    for name, fate in case.fates.items():
        table = case.tables[name]
        if fate.now != name and name not in case.last.tables:
            yield from _readers(case, name, "", case.where(table))
        last = case.last.tables.get(name)
        for column, now in fate.columns.items() if fate.now == name and last else ():
            if now != column and last and column not in last.columns:
                yield from _readers(case, name, column, case.where(table, column))
    names = {entry.name for entry in case.rehearsed.after.objects}
    for entry in case.rehearsed.before.objects:
        if entry.kind in ("virtual", "view") and entry.name not in names | {e.name for e in case.last.objects}:
            yield from _readers(case, entry.name, "", _last(case, entry.name))


def _readers(case: Case, table: str, column: str, statement: str) -> Iterator[Broken]:
    """One finding for each service that reads the column; with "" as column, the table."""
    what = f'"{table}"."{column}"' if column else f'"{table}"'
    for service, reads in case.reads().items():
        place = reads.get(table, {}).get(column)
        if place is None:
            continue
        if service == case.migration.stream:
            message = (
                f"the {service} service itself still reads {what} at {place}. First a release that does not; the "
                "contract migration comes in the release after it, when no instance of the older code is left."
            )
        else:
            message = (
                f"the {service} service, which deploys on another day, still reads {what} at {place}. Take it out of "
                f"the {service} service's code, wait until that is deployed everywhere, then write this migration as "
                'PHASE = "contract".'
            )
        yield Broken(statement, message)
