"""Rules of virtual tables: rows that go with them, indexes that do not know their rows, tables of the engine's own."""

import re
from collections.abc import Iterator

from migrations.tool.lint import copies
from migrations.tool.lint.case import Broken, Case
from migrations.tool.rehearsal.record import Step
from migrations.tool.schema import beside, virtual
from migrations.tool.schema.structure import Object, Structure
from migrations.tool.schema.virtual import Virtual

_TARGET = re.compile(
    r"""\s*(?:WITH\b.*?\b)?(?:(?:INSERT|REPLACE)(?:\s+OR\s+\w+)?\s+INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM)
        \s+["`\[]?(\w+)""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_OF_TABLE = re.compile(r"(?:DROP|ALTER|CREATE)\s+TABLE\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?[\"`\[]?(\w+)", re.IGNORECASE)
_CLEARS = re.compile(r"\s*(?:WITH\b.*?\b)?(?:DELETE\b|REPLACE\b|\w+\s+OR\s+REPLACE\b|.*'delete-all')", re.I | re.DOTALL)
_SUFFIXES = ("data", "idx", "content", "docsize", "config", "segments", "segdir", "stat", "node", "rowid", "parent")
_SAY_SO = 'If they shall go, say so: ALLOW = {"data-loss": "why nobody misses them"}'


def of(structure: Structure) -> dict[str, Virtual]:
    """The virtual tables by name."""
    return {entry.name: virtual.of(entry) for entry in structure.objects if entry.kind == "virtual"}


def written(step: Step) -> str | None:
    """The virtual table whose rows a statement changes. The engine's program for it does not name it."""
    target = _TARGET.match(step.text)
    return target[1] if target and target[1] in of(step.before) else None


def lost(case: Case) -> Iterator[Broken]:
    """Rows that go with a virtual table, or out of one, and are not copied before."""
    held = {entry.name: entry for entry in case.rehearsed.before.objects if virtual.keeps_rows(entry)}
    copied: dict[str, frozenset[str]] = {}
    for step in case.steps:
        gone, new = of(step.before).keys() - of(step.after).keys(), of(step.after).keys() - of(step.before).keys()
        for name in gone & held.keys():
            entry = held.pop(name)
            if new:  # renamed
                held |= dict.fromkeys(new, entry)
            else:
                yield from (Broken(step.sql, message) for message in _lost(entry, copied.get(entry.name)))
        if (name := written(step) or "") in held and _CLEARS.match(step.text):
            yield Broken(step.sql, f'rows of "{held[name].name}" are deleted. {_SAY_SO}.')
        for name in held.keys() & _read(step):
            copied[held[name].name] = _columns(step)


def _lost(entry: Object, copied: frozenset[str] | None) -> Iterator[str]:
    if copied is None:
        yield f'the rows of "{entry.name}" are gone with it. {_SAY_SO}.'
        return
    for column in beside.columns(entry):
        if column not in copied:
            yield f'the values of "{entry.name}"."{column}" are gone or not copied. {_SAY_SO}.'


def _read(step: Step) -> set[str]:
    """The table that an INSERT … SELECT copies all rows of."""
    match = re.search(r"\bSELECT\b.*\bFROM\s+[\"`\[]?(\w+)[\"`\]]?\s*$", step.text, re.IGNORECASE | re.DOTALL)
    return {match[1]} if match and step.text.upper().startswith("INSERT") else set()


def _columns(step: Step) -> frozenset[str]:
    return frozenset(copies.expressions(step.text))


def unfilled(case: Case) -> Iterator[Broken]:
    """An index that is made for a table with rows, or whose table is rebuilt, and is not filled afterwards."""
    for name, index in of(case.rehearsed.after).items():
        if not index.content or index.content not in case.rehearsed.before.names:
            continue
        changed = [n for n, step in enumerate(case.steps) if _renewed(step, name) or _renewed(step, index.content)]
        if changed and not any(written(step) == name for step in case.steps[changed[-1] :]):
            yield Broken(
                case.steps[changed[-1]].sql,
                f'"{name}" does not know the rows that "{index.content}" has now. Fill it at the end: {index.filling}.',
            )


def _renewed(step: Step, name: str) -> bool:
    """Whether a statement makes an object of this name, be it by a rename."""
    return name in step.after.names - step.before.names


def shadows(case: Case) -> Iterator[Broken]:
    """A statement on a table that the engine keeps for a virtual table or an index."""
    for step in case.steps:
        known = {entry.name for entry in (*step.before.objects, *step.after.objects)}
        owners = {table: entry for entry in (*step.before.objects, *step.after.objects) for table in _shadows(entry)}
        for table in sorted(((step.writes | _named(step)) - known) & owners.keys()):
            yield Broken(step.sql, f"{_shadow(table, owners[table])} Leave it to the engine.")


def _named(step: Step) -> frozenset[str]:
    match = _OF_TABLE.match(step.text)
    return frozenset({match[1]} if match else ())


def _shadows(entry: Object) -> list[str]:
    """The names of tables that the engine takes for shadow tables of an object."""
    if entry.kind == "virtual":
        return [f"{entry.name}_{suffix}" for suffix in _SUFFIXES]
    return [f"{entry.name}_shadow"] if "libsql_vector_idx" in entry.sql else []


def _shadow(table: str, owner: Object) -> str:
    return (
        f'"{table}" is, by its name, a table that the engine keeps for "{owner.name}"; no check and no backup knows it.'
    )
