"""What is dangerous in a migration, and the safe way to write it: found by rehearsal, and not by reading alone."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence

from migrations.tool.lint import (
    broken,
    contracts,
    fates,
    locks,
    losses,
    owners,
    ownership,
    reads,
    rebuilds,
    refusals,
    repeats,
    virtual_tables,
)
from migrations.tool.lint.case import Broken, Case, Finding
from migrations.tool.rehearsal import Rehearsed

__all__ = ["RULES", "Finding", "errors", "findings"]

Rule = Callable[[Case], Iterator[Broken]]

RULES: dict[str, tuple[Rule, ...]] = {
    "refused": (refusals.refused, refusals.default_reference, refusals.mistyped, broken.broken),
    "rebuild-cascade": (rebuilds.foreign_keys, rebuilds.parents),
    "rebuild-loses": (rebuilds.attached, rebuilds.beside, virtual_tables.unfilled),
    "alter-column": (rebuilds.altered_in_place,),
    "not-null": (rebuilds.added_without_default, rebuilds.without_value, rebuilds.turned_not_null),
    "still-read": (ownership.still_read,),
    "other-owner": (
        ownership.other_owner,
        ownership.foreign_reference,
        ownership.foreign_names,
        virtual_tables.shadows,
    ),
    "long-lock": (locks.whole_table, locks.large_table, locks.large_index),
    "data-loss": (losses.data_loss, virtual_tables.lost),
    "contract": (contracts.contract,),
    "no-way-back": (losses.no_way_back,),
    "query-in-migrate": (repeats.query_in_migrate,),
    "not-repeatable": (repeats.not_repeatable,),
}


def findings(
    rehearsed: Sequence[Rehearsed], sizes: Mapping[str, int] | None = None, on_server: bool = False
) -> list[Finding]:
    """The rules that each rehearsed migration breaks, in order. Those that its ALLOW names come with the reason.

    `sizes` is the number of rows of each table, where it is known (`structure.sizes`).
    """
    owner, read = owners.by_table(), functools.cache(reads.services)
    cases = [Case(result, fates.of(result), owner, read, sizes, on_server, rehearsed[-1].after) for result in rehearsed]
    return [finding for case in cases for finding in (*_unknown_rules(case), *_broken_rules(case))]


def errors(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that must stop an `up`: neither warnings nor allowed."""
    return [finding for finding in findings if finding.severity == "error" and finding.allowed is None]


def _broken_rules(case: Case) -> Iterator[Finding]:
    migration = case.migration
    for name, rules in RULES.items():
        reason = migration.allow.get(name)
        for found in dict.fromkeys(found for rule in rules for found in rule(case)):
            yield Finding(str(migration), name, found.statement, found.message, found.severity, reason)


def _unknown_rules(case: Case) -> Iterator[Finding]:
    for name in sorted(case.migration.allow.keys() - RULES.keys()):
        message = f"ALLOW names no rule of ours; there are {', '.join(RULES)}."
        yield Finding(str(case.migration), name, "", message, "error")
