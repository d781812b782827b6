"""FSRS-6 as we use it: the grade of an answer, and what is remembered of a question after it.

Formulas: J. Ye, "The Algorithm" of open-spaced-repetition, by the package `fsrs`. Ours is what a drill may do, see
`after`. Nothing is random here, so the same answers always give the same state: the days are evened out by `plan`.
"""

import datetime as dt
import functools
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from fsrs import Card, Rating, Scheduler, State
from fsrs.scheduler import LOWER_BOUNDS_PARAMETERS, UPPER_BOUNDS_PARAMETERS

from shared_schema.fields import dumps, loads

# Of grades, steps and formulas. With another number, what was computed before is computed anew.
ALGORITHM = 1
# A wrong answer comes back after so long, and one that was right but unsure half as long after that.
_STEPS = (dt.timedelta(minutes=10),)
_DAY_S = 86_400
_LONGEST = 36_500  # days: no stability and no interval is greater, as in fsrs-rs
_FIRST_MOMENT, _LAST_MOMENT = 0, 7_258_118_400  # epoch seconds of 1970 and 2200: what is due can still be a date

Fsrs = Scheduler
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a question. `stability` is in days, times are epoch seconds; `state` is one of STATES.

    `reps` counts the answers, `lapses` the wrong ones to what was known, in the state `review`.
    """

    stability: float
    difficulty: float
    state: str
    due_at: int
    last_review_at: int
    reps: int
    lapses: int


@dataclass(frozen=True, slots=True)
class Review:
    """An answer as FSRS takes it; `at` is epoch seconds."""

    at: int
    grade: Rating


def grade(is_correct: bool, confidence: int | None) -> Rating:
    """The grade of an answer. `confidence` is 1 to 5, or None where the learner did not say.

    An answer that earned only a part is wrong: something of the question was not remembered.
    """
    if not is_correct:
        return Rating.Again
    if confidence is None or confidence == 3:
        return Rating.Good
    return Rating.Hard if confidence < 3 else Rating.Easy


@functools.lru_cache(maxsize=256)
def scheduler(weights: str | None) -> Fsrs:
    """FSRS with these weights, a JSON list; with the default ones for None, and for what are no weights."""
    if weights is None:
        return Scheduler(learning_steps=_STEPS, relearning_steps=_STEPS, enable_fuzzing=False)
    try:
        own = [float(number) for number in loads(weights)]
        return Scheduler(own, learning_steps=_STEPS, relearning_steps=_STEPS, enable_fuzzing=False)
    except (TypeError, ValueError) as error:
        _log.error("weights that are none: the default ones are used", problem=type(error).__name__)
        return scheduler(None)


def text(weights: Sequence[float]) -> str:
    """Weights as `scheduler` takes them."""
    return dumps(list(weights))


def bounded(weights: Sequence[float]) -> list[float]:
    """Weights with four digits, and within the bounds of FSRS."""
    bounds = zip(weights, LOWER_BOUNDS_PARAMETERS, UPPER_BOUNDS_PARAMETERS, strict=True)
    return [min(max(round(weight, 4), low), high) for weight, low, high in bounds]


def after(memory: Memory | None, review: Review, fsrs: Fsrs) -> Memory:
    """What is remembered after one more answer, which is not earlier than the last one; None before the first.

    By the formulas alone, ten sure answers within an hour would make weeks of a day. Less than a day after the last
    answer, a right one makes the stability no greater than the first answer to a question would with its grade.
    """
    at = within(review.at)
    before = _card(memory)
    card, _ = fsrs.review_card(before, review.grade, _moment(at))
    stability, difficulty, due_at = card.stability or 0.0, card.difficulty or 0.0, int(card.due.timestamp())
    most = float(_LONGEST)
    if memory is not None and at - memory.last_review_at < _DAY_S and review.grade > Rating.Again:
        most = max(memory.stability, fsrs.parameters[review.grade - 1])
    if stability > most:
        stability = most
        due_at = at + _interval(stability) * _DAY_S if card.state == State.Review else due_at
    lapsed = before.state == State.Review and review.grade == Rating.Again
    return Memory(
        stability,
        difficulty,
        card.state.name.lower(),
        due_at,
        at,
        (memory.reps if memory else 0) + 1,
        (memory.lapses if memory else 0) + lapsed,
    )


def replay(reviews: Sequence[Review], fsrs: Fsrs, memory: Memory | None = None) -> Memory:
    """What is remembered after these answers, of which there are some, in their order, and after those of `memory`."""
    first, *others = reviews
    replayed = after(memory, first, fsrs)
    for review in others:
        replayed = after(replayed, review, fsrs)
    return replayed


def retrievability(stability: float, last_review_at: int, now: int, fsrs: Fsrs) -> float:
    """The chance, 0 to 1, that the question is answered right at this moment; it falls once a day.

    FSRS-6 (`fsrs.Scheduler.get_card_retrievability`): after `stability` days it is 0.9, and it falls by a power law,
    whose exponent is the last of the weights. Worked out here for hundreds of cards at once, it takes no dates.
    """
    days = max(within(now) - within(last_review_at), 0) // _DAY_S
    exponent = -fsrs.parameters[20]
    return float((1 + (0.9 ** (1 / exponent) - 1) * days / stability) ** exponent)


def within(at: int) -> int:
    """Epoch seconds as FSRS takes them. Rows of others may have a time that no calendar has."""
    return min(max(at, _FIRST_MOMENT), _LAST_MOMENT)


def _card(memory: Memory | None) -> Card:
    """FSRS's own form. An id or a time that is not given would be made up from the clock."""
    if memory is None:
        return Card(card_id=0, due=_moment(0))
    state = State[memory.state.capitalize()]
    step = None if state == State.Review else 0  # there is one step
    last, due = _moment(within(memory.last_review_at)), _moment(within(memory.due_at))
    return Card(0, state, step, memory.stability, memory.difficulty, due, last)


def _interval(stability: float) -> int:
    """Whole days until nine of ten such questions are remembered, which is what stability means."""
    return min(max(round(stability), 1), _LONGEST)


def _moment(at: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, dt.UTC)
