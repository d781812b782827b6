"""Which questions make a test: so many of each objective, of mixed difficulty. Pure functions.

Places go to objectives in proportion to their weights by the method of the largest remainder (Hamilton 1792, in the
literature also Hare-Niemeyer; see Balinski and Young, Fair Representation, 1982), so they always add up. The places of
an objective that has too few questions go to the others, by the same method; each shortfall is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

_MILLION = 10**6
DIFFICULTIES = (1, 2, 3, 4, 5)
# Without a mix of its own an exam asks most at its level and less on either side: shares by the distance from it.
_BY_DISTANCE = (4, 2, 1, 0, 0)

Stock = Mapping[tuple[int, int], Sequence[int]]


class Shortfall(TypedDict):
    """Places that the bank could not fill as the blueprint says: of an objective, of a difficulty, or of the test."""

    objective_id: int | None
    difficulty: int | None
    wanted: int
    drawn: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """The questions of a test, by objective, those that can stand in for one of the same objective, and what lacks."""

    questions: list[int]
    spare: dict[int, list[int]]
    shortfalls: list[Shortfall]


def apportion(places: int, weights: Sequence[float]) -> list[int]:
    """So many places to each weight; they add up to `places`. Equal remainders: the earlier gets the place.

    Where no weight is above zero, all are equal; without weights there is nothing to give.
    """
    if not weights:
        return []
    # In millionths, so that whole numbers do it exactly.
    shares = [round(weight * _MILLION) for weight in weights]
    if not any(shares):
        shares = [1] * len(shares)
    total = sum(shares)
    given = [places * share // total for share in shares]
    order = sorted(range(len(shares)), key=lambda place: (-(places * shares[place] % total), place))
    for place in order[: places - sum(given)]:
        given[place] += 1
    return given


def mix_around(level: int) -> dict[int, float]:
    """The default difficulty mix, for an exam of this level whose admin has set none."""
    return {difficulty: float(_BY_DISTANCE[abs(difficulty - level)]) for difficulty in DIFFICULTIES}


def draw(places: int, weights: Mapping[int, float], mix: Mapping[int, float], stock: Stock) -> Drawn:
    """A test of so many places, as far as the stock goes.

    `weights` are those of the objectives, `mix` those of the difficulties; `stock` are the ids that may be drawn by
    objective and difficulty, in the order in which to draw them. An objective gets its number before its mix: where a
    difficulty has too few, the nearest one gives more.
    """
    held = {objective: sum(len(stock.get((objective, level), ())) for level in DIFFICULTIES) for objective in weights}
    wanted = dict(zip(weights, apportion(places, list(weights.values())), strict=True))
    filled = _fill(wanted, held, weights)
    total = sum(filled.values())
    levels = dict(zip(DIFFICULTIES, apportion(total, [mix.get(level, 0) for level in DIFFICULTIES]), strict=True))
    questions: list[int] = []
    spare: dict[int, list[int]] = {}
    taken = dict.fromkeys(DIFFICULTIES, 0)
    # Those with little to choose from first: the others make up for it.
    for objective in sorted(filled, key=lambda one: held[one] - filled[one]):
        number = filled[objective]
        left = [max(0, levels[level] - taken[level]) for level in DIFFICULTIES]
        counts = _levels(number, left, [len(stock.get((objective, level), ())) for level in DIFFICULTIES])
        spare[objective] = []
        for level, count in zip(DIFFICULTIES, counts, strict=True):
            ids = stock.get((objective, level), ())
            questions += ids[:count]
            spare[objective] += ids[count:]
            taken[level] += count
    return Drawn(questions, spare, _shortfalls(places, total, (wanted, filled), (levels, taken)))


def _fill(wanted: Mapping[int, int], held: Mapping[int, int], weights: Mapping[int, float]) -> dict[int, int]:
    """How many of each objective are there to be drawn, once the places that some cannot fill went to the others."""
    filled = {objective: min(number, held[objective]) for objective, number in wanted.items()}
    missing = sum(wanted.values()) - sum(filled.values())
    while missing and (able := [objective for objective in filled if filled[objective] < held[objective]]):
        for objective, more in zip(able, apportion(missing, [weights[one] for one in able]), strict=True):
            more = min(more, held[objective] - filled[objective])
            filled[objective] += more
            missing -= more
    return filled


def _levels(number: int, wanted: Sequence[int], held: Sequence[int]) -> list[int]:
    """`number` questions by difficulty: in proportion to what the test still wants, the rest from the nearest."""
    planned = apportion(number, wanted)
    counts = [min(plan, there) for plan, there in zip(planned, held, strict=True)]
    for level, plan in enumerate(planned):
        lacking = plan - min(plan, held[level])
        for near in sorted(range(len(held)), key=lambda other: (abs(other - level), other)):
            more = min(lacking, held[near] - counts[near])
            counts[near] += more
            lacking -= more
    return counts


Pair = tuple[Mapping[int, int], Mapping[int, int]]


def _shortfalls(places: int, total: int, objectives: Pair, levels: Pair) -> list[Shortfall]:
    whole: list[Shortfall] = []
    if total < places:
        whole.append({"objective_id": None, "difficulty": None, "wanted": places, "drawn": total})
    by_objective: list[Shortfall] = [
        {"objective_id": objective, "difficulty": None, "wanted": wanted, "drawn": objectives[1][objective]}
        for objective, wanted in objectives[0].items()
        if objectives[1][objective] < wanted
    ]
    by_level: list[Shortfall] = [
        {"objective_id": None, "difficulty": level, "wanted": wanted, "drawn": levels[1][level]}
        for level, wanted in levels[0].items()
        if levels[1][level] < wanted
    ]
    return [*whole, *by_objective, *by_level]


def is_mix(document: object) -> bool:
    """Whether this is an object of shares by difficulty, whose keys are texts, and one of them is above 0."""
    known = {str(level) for level in DIFFICULTIES}
    return (
        isinstance(document, dict)
        and document.keys() <= known
        and all(type(share) in (int, float) and 0 <= share <= 1000 for share in document.values())
        and any(document.values())
    )


def are_shortfalls(document: object) -> bool:
    """Whether this is a list of shortfalls."""
    names = Shortfall.__annotations__.keys()
    return isinstance(document, list) and all(
        isinstance(lack, dict) and lack.keys() == names and all(type(n) in (int, type(None)) for n in lack.values())
        for lack in document
    )
