"""The figures of what AI calls cost, made of sums of whole dollars and of nano-dollars, neither of which overflows."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TypedDict

from shared_schema.fields import NANO


class Sums(TypedDict):
    """Sums over calls. `usd` are whole dollars, `nanousd` nano-dollars beside them, of the `priced` ones."""

    generations: int
    priced: int
    usd: int
    nanousd: int


class GroupSums(Sums):
    """The same of a purpose and model. `compared` calls have both a bill and a computed price, added up as well."""

    purpose: str
    model: str
    successes: int
    compared: int
    billed_usd: int
    billed_nanousd: int
    computed_usd: int
    computed_nanousd: int


class Totals(TypedDict):
    """`total_nanousd` is the sum of the known prices, None where there are calls and none has a price.

    `unpriced` is the number of calls without a price.
    """

    total_nanousd: int | None
    generations: int
    unpriced: int


class Group(Totals):
    """The calls of one purpose and model. The average is of the calls that have a price, half a nano-dollar up."""

    purpose: str
    model: str
    avg_nanousd: int | None
    success_rate: float


class OfModel(Totals):
    """The calls of one model."""

    model: str


class OfDay(Totals):
    """The calls of a day of the asker's time zone, from its first second to the first of the next."""

    date: str
    start: int
    end: int


class OfExam(Totals):
    """The calls for one exam; None for those of no exam."""

    exam_id: int | None


class OfUser(Totals):
    """The calls for one user; None for those of no user."""

    user_id: int | None


class Drift(TypedDict):
    """The calls of a model that have both a bill and a price that we computed. `ratio` is the bills by the prices."""

    model: str
    calls: int
    billed_nanousd: int
    computed_nanousd: int
    ratio: float | None


class Report(Totals):
    """The calls of the last `days` days of a time zone, from `start` to `end`, which is behind them.

    `left_out` calls have a price or a time that is none, and are in no sum.
    """

    days: int
    timezone: str
    start: int
    end: int
    left_out: int
    groups: list[Group]
    by_model: list[OfModel]
    by_day: list[OfDay]
    by_exam: list[OfExam]
    by_user: list[OfUser]
    drift: list[Drift]


def totals(rows: Iterable[Sums]) -> Totals:
    """What all of these come to."""
    generations = priced = total = 0
    for row in rows:
        generations += row["generations"]
        priced += row["priced"]
        total += row["usd"] * NANO + row["nanousd"]
    return {
        "total_nanousd": total if priced or not generations else None,
        "generations": generations,
        "unpriced": generations - priced,
    }


def groups(rows: Iterable[GroupSums]) -> list[Group]:
    """By purpose and model, dearest first; those without a price are behind the others."""
    made: list[Group] = [
        {
            **(own := totals([row])),
            "purpose": row["purpose"],
            "model": row["model"],
            "avg_nanousd": average(own["total_nanousd"], row["priced"]),
            "success_rate": row["successes"] / row["generations"],
        }
        for row in rows
    ]
    return sorted(made, key=lambda group: (-_known(group), group["purpose"], group["model"]))


def average(total: int | None, number: int) -> int | None:
    """A total by a number, half a nano-dollar up; None without either."""
    return None if total is None or not number else (2 * total + number) // (2 * number)


def models(rows: Iterable[GroupSums]) -> list[OfModel]:
    """By model, dearest first."""
    made: list[OfModel] = [{"model": model, **totals(own)} for model, own in _by_model(rows).items()]
    return sorted(made, key=lambda one: (-_known(one), one["model"]))


def drifts(rows: Iterable[GroupSums]) -> list[Drift]:
    """By model where there is something to compare, the greatest difference first."""
    made: list[Drift] = []
    for model, own in _by_model(row for row in rows if row["compared"]).items():
        billed = sum(row["billed_usd"] * NANO + row["billed_nanousd"] for row in own)
        computed = sum(row["computed_usd"] * NANO + row["computed_nanousd"] for row in own)
        drift: Drift = {
            "model": model,
            "calls": sum(row["compared"] for row in own),
            "billed_nanousd": billed,
            "computed_nanousd": computed,
            "ratio": billed / computed if computed else None,
        }
        made.append(drift)
    return sorted(made, key=lambda one: (-abs(one["billed_nanousd"] - one["computed_nanousd"]), one["model"]))


def _known(figures: Totals) -> int:
    """For the order: -1 where no price is known."""
    return -1 if figures["total_nanousd"] is None else figures["total_nanousd"]


def _by_model(rows: Iterable[GroupSums]) -> dict[str, list[GroupSums]]:
    by_model: dict[str, list[GroupSums]] = defaultdict(list)
    for row in rows:
        by_model[row["model"]].append(row)
    return by_model
