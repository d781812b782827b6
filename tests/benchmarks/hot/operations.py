"""The hot operations of both services, and what each may cost: one table. `n` tells requests of one operation apart."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.benchmarks.hot.calls import Caller, Request
from tests.benchmarks.hot.world import World

BOT: Caller = ("growth-bot", "service")
CLAIMED = 10
TWEETS = 100


@dataclass(frozen=True, slots=True)
class Target:
    """`most` is how many times the CPU of a bare Flask view an operation may take, `trips` how many round trips to a
    server it may need, where that is given. What reads needs none where there is a replica.
    """

    most: float | None
    trips: float | None = None
    reads: bool = False


READ, QUESTIONS = Target(3.5, reads=True), Target(3.0, reads=True)
ANSWER, GENERATION, BATCH, WRITE = Target(7.0, 2.2), Target(6.0, 1.15), Target(None, 1.15), Target(None)


@dataclass(frozen=True, slots=True)
class Operation:
    """`request` makes one, which is answered with `status`. `part` of the usual number of requests is measured where
    one is much work. `takes` is how many approved opportunities a request takes away.
    """

    name: str
    service: str
    target: Target
    request: Callable[[World, int], Request]
    status: int = 200
    part: float = 1.0
    takes: int = 0


def _read(path: str, who: str = "learner") -> Callable[[World, int], Request]:
    """A GET by one of the people of the world, or by the bot."""
    return lambda world, n: Request("GET", path.format(**world.names), world.caller(who, n))


def _bots(path: str) -> Callable[[World, int], Request]:
    return lambda world, _: Request("GET", path.format(**world.names), BOT)


def _answer(world: World, n: int) -> Request:
    question, option = world.question(n)
    body = {"questionId": question, "selectedAnswer": option, "timeSpentSeconds": 20}
    return Request("POST", "/api/study/answer", world.caller("learner", n), body)


def _answer_with_key(world: World, n: int) -> Request:
    return _keyed(_answer(world, n), f"answer-{n}")


def _keyed(request: Request, key: str) -> Request:
    return Request(request.method, request.path, request.caller, request.body, key)


def _start_session(world: World, n: int) -> Request:
    body = {"examId": world.exam, "questionCount": 20}
    return Request("POST", "/api/study/sessions", world.caller("learner", n), body, f"session-{n}")


def _get_session(world: World, n: int) -> Request:
    session, user = world.sessions[n % len(world.sessions)]
    return Request("GET", f"/api/study/sessions/{session}", (str(user), "user"))


def _start_test(world: World, n: int) -> Request:
    body = {"examId": world.exam, "questionCount": 20, "timeLimitMinutes": 600}
    return Request("POST", "/api/tests", world.caller("beginner", n), body, f"test-{n}")


def _save(world: World, n: int) -> Request:
    sitting = world.sittings[n % len(world.sittings)]
    body = {"selectedAnswer": sitting.option, "timeSpentSeconds": 30, "sequence": n + 1}
    path = f"/api/tests/{sitting.attempt}/answers/{sitting.question}"
    return Request("PUT", path, (str(sitting.user), "user"), body)


def _result(world: World, n: int) -> Request:
    attempt, user = world.results[n % len(world.results)]
    return Request("GET", f"/api/tests/{attempt}/result", (str(user), "user"))


def _claim(world: World, n: int) -> Request:
    body = {"limit": CLAIMED, "leaseSeconds": 3600}
    return Request("POST", "/api/twitter/opportunities/claim", BOT, body, f"claim-{n}")


def _generation(world: World, n: int) -> Request:
    body = {
        "requestId": f"bench-{n}",
        "purpose": "reply_draft",
        "model": "gpt-4o-mini-2024-07-18",
        "provider": "openai",
        "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
        "success": True,
        "examId": world.exam,
    }
    return Request("POST", "/api/ai/generations", BOT, body, f"generation-{n}")


def _ingest(world: World, n: int) -> Request:
    authors = [{"id": str(1000 + a), "username": f"author{a}", "name": f"Author {a}"} for a in range(10)]
    tweets = [
        {
            "id": str(2_000_000_000_000_000_000 + n * TWEETS + t),
            "author_id": str(1000 + t % 10),
            "text": f"Tweet {t} about subnets, cables and the exam that is next week #ccna",
            "created_at": "2026-11-02T10:00:00.000Z",
            "public_metrics": {"like_count": t, "retweet_count": 1, "reply_count": 2, "impression_count": 300},
            "entities": {"hashtags": [{"tag": "ccna"}], "mentions": [{"username": "author1"}]},
        }
        for t in range(TWEETS)
    ]
    body = {"data": tweets, "includes": {"users": authors}, "meta": {"result_count": len(tweets)}}
    return Request("POST", "/api/twitter/tweets", BOT, body, f"ingest-{n}")


_STUDY = "/api/study/questions?examId={exam}&limit=20"
_OF_SEEN = "/api/study/questions?examId={seen_exam}&limit=20"

OPERATIONS = (
    Operation("questions, new learner", "study", QUESTIONS, _read(_STUDY, "fresh")),
    Operation("questions, heavy learner", "study", QUESTIONS, _read(_STUDY, "heavy")),
    Operation("questions, nearly all seen", "study", QUESTIONS, _read(_OF_SEEN, "seen_all")),
    Operation("answer", "study", ANSWER, _answer),
    Operation("answer with a key", "study", ANSWER, _answer_with_key),
    Operation("reviews due, heavy learner", "study", READ, _read("/api/study/reviews?examId={exam}&limit=20", "heavy")),
    Operation("progress", "study", READ, _read("/api/progress", "heavy")),
    Operation("progress in an exam", "study", READ, _read("/api/progress/exams/{exam}", "heavy")),
    Operation("leaderboard", "study", READ, _read("/api/exams/{exam}/leaderboard")),
    Operation(
        "question statistics", "study", READ, _read("/api/analytics/questions?examId={exam}&limit=20", "moderator")
    ),
    Operation("search of questions", "study", READ, _read("/api/questions?examId={exam}&q={words}", "moderator")),
    Operation("session started", "study", WRITE, _start_session, 201),
    Operation("session looked at", "study", READ, _get_session),
    Operation("test started", "study", WRITE, _start_test, 201),
    Operation("test: choice saved", "study", WRITE, _save),
    Operation("test: result", "study", READ, _result),
    Operation("opportunities pending", "growth", READ, _bots("/api/twitter/opportunities?status=pending&limit=10")),
    Operation("claim of 10", "growth", BATCH, _claim, part=0.25, takes=CLAIMED),
    Operation("generation with a key", "growth", GENERATION, _generation, 201),
    Operation("generations, newest", "growth", READ, _bots("/api/ai/generations?limit=20")),
    Operation("AI costs", "growth", READ, _bots("/api/ai/costs?days=30")),
    Operation("growth analytics", "growth", READ, _bots("/api/growth/analytics?days=30")),
    Operation("growth metrics", "growth", READ, _bots("/api/growth/metrics?days=30")),
    Operation("tweets, newest", "growth", READ, _bots("/api/twitter/tweets?limit=20")),
    Operation("tweets, top", "growth", READ, _bots("/api/twitter/tweets/top?days=30&limit=10")),
    Operation("ingest of 100 tweets", "growth", BATCH, _ingest, part=0.125),
    Operation("opportunities counted", "growth", READ, _bots("/api/twitter/opportunities/counts")),
)
BY_NAME = {one.name: one for one in OPERATIONS}
