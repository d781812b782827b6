"""The rule of expand and contract: what breaks the code of the release before must wait for the release after."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from migrations.tool.lint.case import Broken, Case
from migrations.tool.lint.fates import Fate
from migrations.tool.schema import sqltext
from migrations.tool.schema.structure import Table

_LATER = 'in a migration with PHASE = "contract" in the release after'
_CHECK = re.compile(r"\bCHECK\s*\(", re.IGNORECASE)
_STRICT = re.compile(r"\)[^)]*\bSTRICT\b[^)]*$", re.IGNORECASE)


def contract(case: Case) -> Iterator[Broken]:
    """A change that breaks running code of the release before, in an expand migration."""
    if case.migration.phase == "contract":
        return
    for name, fate in case.fates.items():
        was = case.tables[name]
        now = case.rehearsed.after.tables.get(fate.now or "")
        broken = [_gone(name, fate.now)] if now is None or fate.now != name else _narrowed(was, now, fate)
        for column, message in broken:
            yield Broken(case.where(was, column), f"older code, still running, {message}")
    yield from _beside(case)


def _beside(case: Case) -> Iterator[Broken]:
    """Virtual tables and views that are gone or renamed."""
    left = case.rehearsed.after.names
    for entry in case.rehearsed.before.objects:
        if entry.kind in ("virtual", "view") and entry.name not in left:
            for step in case.steps:
                if entry.name in step.before.names - step.after.names:
                    yield Broken(step.sql, f"older code, still running, {_gone(entry.name, None)[1]}")


def _gone(name: str, now: str | None) -> tuple[None, str]:
    if now is None:
        return None, f'uses "{name}": stop using it in this release, and drop it {_LATER}.'
    return None, (
        f'knows "{now}" as "{name}". In this release CREATE TABLE "{now}", write both and copy the rows by '
        f'BACKFILLS; drop "{name}" {_LATER}.'
    )


def _narrowed(was: Table, now: Table, fate: Fate) -> Iterator[tuple[str | None, str]]:
    for old, new in fate.columns.items():
        yield from _of_column(was, now, old, new)
    added = [name for name in now.columns if name not in fate.columns.values()]
    for name in added:
        column = now.columns[name]
        if column.not_null and column.default is None and not column.generated:
            yield (
                None,
                f'inserts into "{was.name}" without "{name}", which is NOT NULL: give it a DEFAULT, or leave it '
                f"nullable in this release and make it NOT NULL {_LATER}.",
            )
    yield from ((None, message) for message in _constraints(was, now, added))


def _of_column(was: Table, now: Table, old: str, new: str | None) -> Iterator[tuple[str | None, str]]:
    name = f'"{was.name}"."{old}"'
    if new != old:
        yield (
            old,
            f"reads or writes {name}: stop using it in this release, and drop it {_LATER}."
            if new is None
            else f'knows "{new}" as {name}. In this release ADD COLUMN "{new}", write both and fill it by BACKFILLS; '
            f'drop "{old}" {_LATER}.',
        )
        return
    before, after = was.columns[old], now.columns[old]
    if after.not_null and not before.not_null and not before.key:
        yield None, f"may write NULL into {name}: give it a value everywhere in this release; NOT NULL comes {_LATER}."
    if after.not_null and before.default is not None and after.default is None:
        yield None, f"relies on the default of {name}: give a value everywhere in this release; it goes {_LATER}."
    if after.type != before.type and after.type != "ANY":
        yield (
            None,
            f"writes {before.type or 'anything'} into {name}, which becomes {after.type or 'untyped'}: add a new "
            f"column of that type in this release, write both and fill it by BACKFILLS; drop {name} {_LATER}.",
        )


def _constraints(was: Table, now: Table, added: list[str]) -> Iterator[str]:
    """New CHECKs, unique keys and references of columns from before the migration."""
    for check in (_checks(now, added) - _checks(was, [])).elements():
        yield f'may write rows into "{was.name}" that break {check}: write right ones in this release, add it {_LATER}.'
    for columns in set(now.unique.values()) - set(was.unique.values()):
        if not any(name in added and not now.columns[name].not_null for name in columns if name):
            names = ", ".join(f'"{name}"' if name else "an expression" for name in columns)
            yield (
                f'may write equal rows of {names} into "{was.name}": write different ones in this release and mend '
                f"those that are there; the unique key comes {_LATER}."
            )
    for column, parent in now.parents.items():
        if column not in added and column not in was.parents:
            yield (
                f'may write a "{was.name}"."{column}" that "{parent}" does not have: write right ones in this release; '
                f"the reference comes {_LATER}."
            )
    if _STRICT.search(now.sql) and not _STRICT.search(was.sql):
        yield f'may write values of another type into "{was.name}": mend them in this release; STRICT comes {_LATER}.'


def _checks(table: Table, without: list[str]) -> Counter[str]:
    """The CHECKs of a table without those of the columns `without`."""
    return Counter(check for column, check in _checks_by_column(table.sql) if column not in without)


@lru_cache(maxsize=1024)  # a table is asked for again in each migration that leaves it as it is
def _checks_by_column(create: str) -> tuple[tuple[str, str], ...]:
    """The first word of the clause that each CHECK stands in, which is its column's name, and the CHECK."""
    return tuple(
        (clause.partition(" ")[0].strip('"`[]'), check)
        for clause in sqltext.clauses(create)
        for check in _checks_of(clause)
    )


def _checks_of(clause: str) -> Iterator[str]:
    """Each `CHECK (…)` in the definition of a column or constraint, to its closing parenthesis."""
    for match in _CHECK.finditer(clause):
        depth, end = 1, match.end()
        for token in re.finditer(r"'(?:[^']|'')*'|[()]", clause[match.end() :]):
            depth += {"(": 1, ")": -1}.get(token.group(), 0)
            end = match.end() + token.end()
            if depth == 0:
                break
        yield clause[match.start() : end]
