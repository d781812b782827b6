"""What the requests of the benchmark are about: learners, questions, tests of a database made by `scale`.

Before it is measured, a database gets learners without a past, so that there is one for every test that is started,
and before claims are measured as many approved opportunities as they take.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Settings
from tests.benchmarks import scale
from tests.benchmarks.hot.calls import Caller, Request
from tests.benchmarks.hot.inside import Inside

_FIRST = 1_000_000_001  # the first id of what is added
_BEGINNERS, _MODERATOR = 6_000, _FIRST - 1
_SITTINGS = 32
_ASKED = 400
_APPROVED = 200  # for claims of the data layer
_NUMBERS = "WITH RECURSIVE numbers (n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)"
_PEOPLE = f"{_NUMBERS} INSERT INTO users (id, email, name) SELECT n, 'b' || n || '@example.com', 'B' FROM numbers"
_TO_ANSWER = (
    f"{_NUMBERS} INSERT INTO tweets (id, account_id, text)"
    f" SELECT CAST(n AS TEXT), '{_MODERATOR}', 'What is a /27 in hosts?' FROM numbers",
    f"""{_NUMBERS} INSERT INTO engagement_opportunities (tweet_id, account_id, opportunity_type, relevance_score,
            suggested_response, status, approved_pair)
        SELECT CAST(n AS TEXT), '{_MODERATOR}', 'reply', 0.9, 'Thirty.', 'approved',
            json_array('Thirty.', 'What is a /27 in hosts?') FROM numbers""",
)
_LEARNERS = "SELECT id FROM users WHERE id > ? AND role = 'user' ORDER BY id LIMIT 64"
_SESSIONS = """
    SELECT id, user_id FROM study_sessions WHERE exam_id = ? AND user_id > ? AND status = 'completed'
    ORDER BY id DESC LIMIT 64
"""
_QUESTIONS = f"""
    SELECT id, json_extract(answers, '$[0].id') FROM questions
    WHERE exam_id = ? AND review_status = 'approved' AND is_active AND type = 'multiple_choice'
    ORDER BY id LIMIT {_ASKED}
"""


@dataclass(frozen=True, slots=True)
class Sitting:
    """A running test of a learner, one of its questions, and an option of that."""

    attempt: int
    user: int
    question: int
    option: str


@dataclass(slots=True)
class World:
    """`names` are what the paths of requests are filled with."""

    exam: int
    names: dict[str, str]
    learners: list[int]
    questions: list[tuple[int, str]]
    sessions: list[tuple[int, int]]
    sittings: list[Sitting] = field(default_factory=list)
    results: list[tuple[int, int]] = field(default_factory=list)
    approved: int = 0

    def caller(self, who: str, n: int) -> Caller:
        """The subject and role of somebody; an ordinary learner, or a beginner, is another one for another `n`."""
        if who == "moderator":
            return str(_MODERATOR), "moderator"
        named = {"fresh": scale.FRESH, "heavy": scale.HEAVY, "seen_all": scale.SEEN_ALL, "beginner": _FIRST + n}
        return str(named.get(who) or self.learners[n % len(self.learners)]), "user"

    def approve(self, database: LibsqlDatabase, count: int) -> None:
        """Add so many opportunities that are approved, for claims that take as many."""
        first = _FIRST + self.approved
        self.approved += count
        database.batch([Statement(sql, {"first": first, "last": first + count - 1}) for sql in _TO_ANSWER])

    def question(self, n: int) -> tuple[int, str]:
        """A question and one of its options, for the n-th answer: a learner comes back to one after very many."""
        return self.questions[n // len(self.learners) % len(self.questions)]


def prepared(file: Path) -> World:
    """Add to the database in this file what is asked for, and return what is there. Only once for a file."""
    inside = Inside(Settings(f"file:{file}"))
    _add_people(inside.database)
    world = _found(inside.database)
    world.approve(inside.database, _APPROVED)
    for n in range(_SITTINGS):
        _sit(inside, world, _BEGINNERS - 1 - n)
    inside.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    inside.close()
    return world


def _add_people(database: LibsqlDatabase) -> None:
    moderator = "INSERT INTO users (id, email, name, role) VALUES (?, 'moderator@example.com', 'Mo', 'moderator')"
    account = "INSERT INTO twitter_accounts (id, username) VALUES (?, 'beginnersguide')"
    people = Statement(_PEOPLE, {"first": _FIRST, "last": _FIRST + _BEGINNERS - 1})
    database.batch([people, Statement(moderator, (_MODERATOR,)), Statement(account, (str(_MODERATOR),))])


def _found(database: LibsqlDatabase) -> World:
    def rows(sql: str, *values: object) -> Iterator[tuple[int, ...]]:
        return iter(database.execute_sql(sql, values).fetchall())

    names = {"exam": str(scale.EXAM), "seen_exam": str(scale.SEEN_EXAM), "words": _words(database)}
    learners = [user for (user,) in rows(_LEARNERS, scale.FRESH)]
    questions = [(number, str(option)) for number, option in rows(_QUESTIONS, scale.EXAM)]
    sessions = [(session, user) for session, user in rows(_SESSIONS, scale.EXAM, scale.FRESH)]
    return World(scale.EXAM, names, learners, questions, sessions)


def _words(database: LibsqlDatabase) -> str:
    """Two words that many questions have."""
    ((text,),) = database.execute_sql("SELECT text FROM questions WHERE exam_id = ? LIMIT 1", (scale.EXAM,)).fetchall()
    words = ["".join(filter(str.isalnum, word)) for word in text.split()]
    return "+".join(itertools.islice((word for word in words if len(word) > 3), 2))


def _sit(inside: Inside, world: World, n: int) -> None:
    """A beginner ends a test at once, and starts another one, which goes on."""
    me = world.caller("beginner", n)
    user = int(me[0])
    body = {"examId": world.exam, "questionCount": 20, "timeLimitMinutes": 1440}
    ended = inside.send("study", Request("POST", "/api/tests", me, body), 201)
    inside.send("study", Request("POST", f"/api/tests/{ended['id']}/submit", me))
    world.results.append((ended["id"], user))
    running = inside.send("study", Request("POST", "/api/tests", me, body), 201)
    first = running["questions"][0]
    world.sittings.append(Sitting(running["id"], user, first["id"], first["answers"][0]["id"]))
