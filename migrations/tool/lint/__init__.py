"""What is dangerous in a migration, and the safe way to say it: found by rehearsal, not by reading alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from migrations.tool.lint import contracts, fates, locks, losses, owners, ownership, reads, rebuilds, refusals
from migrations.tool.lint.case import Broken, Case, Finding
from migrations.tool.rehearsal import Rehearsed

__all__ = ["RULES", "Finding", "errors", "findings"]

Rule = Callable[[Case], Iterator[Broken]]

RULES: dict[str, tuple[Rule, ...]] = {
    "refused": (refusals.refused, refusals.default_reference),
    "rebuild-cascade": (rebuilds.foreign_keys, rebuilds.parents),
    "rebuild-loses": (rebuilds.attached,),
    "alter-column": (rebuilds.altered_in_place,),
    "not-null": (rebuilds.added_without_default, rebuilds.without_value, rebuilds.turned_not_null),
    "still-read": (ownership.still_read,),
    "other-owner": (ownership.other_owner, ownership.foreign_reference),
    "long-lock": (locks.whole_table, locks.large_table),
    "data-loss": (losses.data_loss,),
    "contract": (contracts.contract,),
    "no-way-back": (losses.no_way_back,),
}


def findings(
    rehearsed: Sequence[Rehearsed], sizes: Mapping[str, int] | None = None, on_server: bool = False
) -> list[Finding]:
    """What the rules say of each rehearsed migration, in order.

    `sizes` are the rows of each table, if known (`structure.sizes`). What a migration's ALLOW names is found too, with
    its reason.
    """
    whose, read = owners.by_table(), reads.services()
    cases = [Case(each, fates.of(each), whose, read, sizes, on_server, rehearsed[-1].after) for each in rehearsed]
    return [found for case in cases for found in (*_unknown_rules(case), *_broken(case))]


def errors(found: Sequence[Finding]) -> list[Finding]:
    """Those that must stop an `up`: neither warnings nor allowed."""
    return [each for each in found if each.severity == "error" and each.allowed is None]


def _broken(case: Case) -> Iterator[Finding]:
    for name, rules in RULES.items():
        for broken in dict.fromkeys(broken for rule in rules for broken in rule(case)):
            yield Finding(
                str(case.written), name, broken.statement, broken.message, broken.severity, case.written.allow.get(name)
            )


def _unknown_rules(case: Case) -> Iterator[Finding]:
    for name in case.written.allow.keys() - RULES.keys():
        message = f"ALLOW names no rule of ours; there are {', '.join(RULES)}."
        yield Finding(str(case.written), name, "", message, "error")
