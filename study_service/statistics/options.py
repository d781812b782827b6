"""What learners chose: how many chose an option, by its id and never by its place, and how they did in the rest.

Where a question has no options to choose from, its most frequent answers are counted as they are.
"""

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from shared_schema.fields import loads

CHOSEN = ("multiple_choice", "true_false", "multi_select")  # types whose answers are ids of options
MOST_RESPONSES = 10
LONGEST_RESPONSE = 200
_NOISE = 1e-12  # of sums of floats that should be equal


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as it is stored, and how many learners gave it. `rest` and `squares` are the sums, over those `known`
    to have answered enough other questions, of their rests and of the squares of these.
    """

    text: str
    learners: int
    known: int
    rest: float
    squares: float
    is_correct: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Learners who answered in one way. `rest` is the mean of the rests of those whose rest is known, None of nobody.

    `z` says how far the rest of this group lies above that of all others: their correlation times the square root of
    the number of learners. Above 1.64 it is chance in one case of twenty.
    """

    learners: int
    rest: float | None
    z: float


def group(everybody: Sequence[Response], members: Collection[Response]) -> Group:
    """The group of those who gave these answers, among all answers to the item."""
    learners, known = sum(response.learners for response in members), sum(response.known for response in members)
    rest = sum(response.rest for response in members)
    count = sum(response.known for response in everybody)
    total = sum(response.rest for response in everybody)
    squares = count * sum(response.squares for response in everybody)
    spread = squares - total * total
    if 0 < known < count and spread > _NOISE * squares:
        z = (count * rest - known * total) / math.sqrt(known * (count - known) * spread) * math.sqrt(count)
    else:
        z = 0.0
    return Group(learners, rest / known if known else None, z)


def choosing(option: str, responses: Sequence[Response]) -> list[Response]:
    """The answers that have this option."""
    return [response for response in responses if option in _ids(response.text)]


def _ids(text: str) -> set[str]:
    """The ids of options that an answer has: a JSON list of them, or one as it is."""
    listed = loads(text) if text.startswith("[") else None
    if isinstance(listed, list):
        return {name for name in listed if isinstance(name, str)}
    return {text}


def most_frequent(responses: Sequence[Response]) -> list[tuple[str, int]]:
    """The most frequent answers and how many learners gave each."""
    counts: Counter[str] = Counter()
    for response in responses:  # the same text may have been right once and wrong once
        counts[response.text[:LONGEST_RESPONSE]] += response.learners
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:MOST_RESPONSES]
