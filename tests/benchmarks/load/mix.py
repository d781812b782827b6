"""What a service is asked while its memory is watched: the hot operations, and reads of all kinds, with other values
each time.
"""

import itertools
import random
from collections.abc import Callable, Iterator

from tests.benchmarks.hot.calls import Caller, Request
from tests.benchmarks.hot.operations import BOT, OPERATIONS, Operation
from tests.benchmarks.hot.world import World

# They take away what there is only so much of: learners without a past, approved opportunities.
_LEFT_OUT = ("test started", "claim of 10")
_HOT = 0.5  # of the requests
_RARE = 200  # times rarer than reads are batches of a hundred
_WRITES = 0.2  # of the hot ones
_EXAMS, _LEARNERS, _QUESTIONS, _CALLS = 5, 100, 1000, 10_000  # of a database of size S
_WORDS = ("gateway", "subnet", "prefix", "router", "address", "packet", "vlan", "switch", "cable", "port")

Wanted = tuple[Request, int]  # and the status that it is answered with
Maker = Callable[[World, random.Random], tuple[str, Caller]]


def requests(service: str, world: World, seed: int) -> Iterator[Wanted]:
    """Without an end."""
    dice = random.Random(f"{seed} {service}")
    hot = [one for one in OPERATIONS if one.service == service and one.name not in _LEFT_OUT]
    weights = _weights(hot)
    numbers = {one.name: itertools.count() for one in hot}
    while True:
        if dice.random() < _HOT:
            (chosen,) = dice.choices(hot, weights)
            yield chosen.request(world, next(numbers[chosen.name])), chosen.status
        elif dice.random() < 0.05:
            number = dice.randrange(10**9, 10**12)
            yield Request("GET", _UNKNOWN[service].format(number), _caller(service, dice)), 404
        else:
            path, caller = dice.choice(_READS[service])(world, dice)
            yield Request("GET", path, caller), 200


def _weights(hot: list[Operation]) -> list[float]:
    """All writes together have their share of the hot operations, in which batches of a hundred are rare."""
    shares = [1 / _RARE if one.part < 1 else 1.0 for one in hot]
    written = sum(share for one, share in zip(hot, shares, strict=True) if not one.target.reads)
    read = sum(shares) - written
    return [
        share / read * (1 - _WRITES) if one.target.reads else share / written * _WRITES
        for one, share in zip(hot, shares, strict=True)
    ]


def _caller(service: str, dice: random.Random) -> Caller:
    return (str(dice.randint(1, _LEARNERS)), "user") if service == "study" else BOT


_UNKNOWN = {"study": "/api/exams/{}", "growth": "/api/twitter/tweets/{}"}


def _learner(path: str) -> Maker:
    """A read by some learner. In the path, `{exam}`, `{limit}`, `{days}`, `{hard}` and so on have random values."""
    return lambda world, dice: (path.format(**_values(world, dice)), _caller("study", dice))


def _moderator(path: str) -> Maker:
    return lambda world, dice: (path.format(**_values(world, dice)), world.caller("moderator", 0))


def _bot(path: str) -> Maker:
    return lambda world, dice: (path.format(**_values(world, dice)), BOT)


def _values(world: World, dice: random.Random) -> dict[str, object]:
    return {
        "exam": dice.randint(1, _EXAMS),
        "limit": dice.randint(1, 50),
        "days": dice.randint(1, 365),
        "hard": dice.randint(3, 5),
        "hours": dice.randint(0, 72),
        "mode": dice.choice(("practice", "review")),
        "question": dice.choice(world.questions)[0],
        "after": dice.randint(1, _QUESTIONS - 50),
        "words": "+".join(dice.sample(_WORDS, 2)) + f"+{dice.randrange(100_000)}",
        "state": dice.choice(("pending", "approved", "rejected", "executed")),
        "call": f"call-{dice.randint(1, _CALLS)}",
        "since": f"2026-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}T{dice.randrange(24):02}:00:00Z",
        "tweet": dice.randrange(10**18, 2 * 10**18),
    }


_READS: dict[str, list[Maker]] = {
    "study": [
        _learner("/api/study/questions?examId={exam}&limit={limit}&difficultyMax={hard}&excludeRecentHours={hours}"),
        _learner("/api/study/questions?examId={exam}&limit={limit}&mode={mode}"),
        _learner("/api/study/reviews?examId={exam}&limit={limit}"),
        _learner("/api/progress/exams/{exam}"),
        _learner("/api/exams/{exam}/leaderboard"),
        _learner("/api/exams?limit={limit}&after={exam}"),
        _learner("/api/tests?limit={limit}"),
        _learner("/api/study/sessions?limit={limit}"),
        _moderator("/api/questions/{question}"),
        _moderator("/api/questions/{question}/versions"),
        _moderator("/api/questions?examId={exam}&q={words}&limit={limit}"),
        _moderator("/api/questions?limit={limit}&after={after}"),
        _moderator("/api/analytics/questions?examId={exam}&limit={limit}"),
        _moderator("/api/questions/queue?limit={limit}"),
    ],
    "growth": [
        _bot("/api/twitter/opportunities?status={state}&limit={limit}"),
        _bot("/api/ai/generations?limit={limit}&examId={exam}"),
        _bot("/api/ai/generations/{call}"),
        _bot("/api/ai/costs?days={days}"),
        _bot("/api/growth/analytics?days={days}"),
        _bot("/api/growth/metrics?days={days}"),
        _bot("/api/twitter/tweets?limit={limit}&after={tweet}"),
        _bot("/api/twitter/tweets?limit={limit}&since={since}"),
        _bot("/api/twitter/tweets/top?days={days}&limit={limit}"),
        _bot("/api/twitter/accounts?limit={limit}&after={tweet}"),
    ],
}
