"""Which questions a learner reviews today, and how many on each of the next days.

A day has so many reviews and no more. What is due beyond them waits for the next day, and what is most urgent goes
first: what is most likely forgotten. When the exam is among these days, everything is reviewed before it is over:
what is due later or would wait longer is brought forward, into the latest days that have room. What finds no room, the
best remembered, is not planned.
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from study_service.memory import model
from study_service.memory.model import Fsrs

DAYS = 30


class Card(NamedTuple):  # there are thousands of a learner's, and a dataclass takes five times as long to make
    """What is remembered of a question; `due_at` and `last_review_at` are epoch seconds, `stability` is in days."""

    question_id: int
    due_at: int
    last_review_at: int
    stability: float


@dataclass(frozen=True, slots=True)
class Due:
    """A question that is due now, since `due_at`; `retrievability` is the chance that it is remembered."""

    question_id: int
    due_at: int
    retrievability: float
    last_review_at: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is due now, the most urgent first; the number of reviews of each day, and of those that have no day."""

    due: list[Due]
    days: list[int]
    unplanned: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """The learner's days: when it is, in which time zone, the day of her exam if she has one, and how many reviews a
    day has. `done` of today's are done.
    """

    now: dt.datetime
    zone: dt.tzinfo
    per_day: int
    done: int = 0
    exam_day: dt.date | None = None

    @property
    def today(self) -> dt.date:
        return self.now.astimezone(self.zone).date()

    def begins(self, day: int) -> int:
        """When the day that is so many days from today begins, in epoch seconds."""
        midnight = dt.datetime.combine(self.today + dt.timedelta(days=day), dt.time.min, self.zone)
        return int(midnight.timestamp())

    @property
    def exam(self) -> int | None:
        """How many days from today the exam is; None where it is not among the days that are planned."""
        days = None if self.exam_day is None else (self.exam_day - self.today).days
        return days if days is not None and 0 <= days < DAYS else None

    @property
    def last(self) -> int:
        """The last day that is planned."""
        return DAYS - 1 if self.exam is None else self.exam

    def room(self, day: int) -> int:
        """How many reviews a day has left."""
        return max(0, self.per_day - self.done) if day == 0 else self.per_day


def plan(cards: Sequence[Card], calendar: Calendar, fsrs: Fsrs) -> Plan:
    """The plan for these cards, which are in the order in which they are due."""
    now, midnight, tomorrow = int(calendar.now.timestamp()), calendar.begins(0), calendar.begins(1)

    def chance(card: Card) -> float:
        return model.retrievability(card.stability, card.last_review_at, now, fsrs)

    def due(card: Card) -> Due:
        since = card.due_at if card.due_at < tomorrow else midnight
        return Due(card.question_id, since, chance(card), card.last_review_at)

    def urgency(one: Due) -> tuple[float, int, int]:
        return one.retrievability, one.due_at, one.question_id

    waiting = [card for card in cards if card.due_at <= now]
    waiting.sort(key=lambda card: (chance(card), card.due_at, card.question_id))
    days, rest = _in_turn([*waiting, *cards[len(waiting) :]], calendar)
    unplanned = 0 if calendar.exam is None else _bring_forward(rest, days, calendar)
    # What is due on a later day and stands here was brought forward.
    today = [due(card) for card in days[0] if card.due_at <= now or card.due_at >= tomorrow]
    return Plan(sorted(today, key=urgency), [len(day) for day in days], unplanned)


def _in_turn(cards: Sequence[Card], calendar: Calendar) -> tuple[list[list[Card]], list[Card]]:
    """The cards of each day, as they become due and there is room; and the rest, which has no day up to the last."""
    later = [calendar.begins(day + 1) for day in range(calendar.last + 1)]
    becoming: list[list[Card]] = [[] for _ in range(DAYS + 1)]
    for card in cards:
        becoming[bisect_right(later, card.due_at)].append(card)
    days: list[list[Card]] = [[] for _ in range(DAYS)]
    waiting: list[Card] = []
    for day in range(calendar.last + 1):
        waiting += becoming[day]
        days[day], waiting = waiting[: calendar.room(day)], waiting[calendar.room(day) :]
    return days, waiting + becoming[calendar.last + 1]


def _bring_forward(cards: Sequence[Card], days: list[list[Card]], calendar: Calendar) -> int:
    """Put these cards into the latest days that have room for them; for how many there is none."""
    free = [day for day in range(calendar.last + 1) for _ in range(calendar.room(day) - len(days[day]))]
    fitting = cards[: len(free)]
    for day, card in zip(free[len(free) - len(fitting) :], fitting, strict=True):
        days[day].append(card)
    return len(cards) - len(fitting)
