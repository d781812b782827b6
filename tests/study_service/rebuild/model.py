"""What the services should have counted, in plain Python: a list of answers, and what follows from it."""

import datetime as dt
import math
import zoneinfo
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

OLDEST = dt.timedelta(days=30)


@dataclass(frozen=True)
class Given:
    """An answer that was acknowledged. `rated` says whether it was to the version that was present then."""

    user: int
    question: int
    version: int
    exam: int
    right: bool
    seconds: int
    day: str
    session: int | None = None
    attempt: int | None = None
    confidence: int | None = None


@dataclass
class Session:
    """A session. `begun` is how many answers there were, of all learners, when it began."""

    user: int
    begun: int
    status: str = "active"
    due: bool = False
    answered: list[bool] = field(default_factory=list)
    questions: set[int] = field(default_factory=set)


@dataclass
class Test:
    """A timed test: its questions with their versions, and what was chosen last: with the sequence, by question."""

    user: int
    exam: int
    mark: float
    questions: dict[int, int]
    status: str = "in_progress"
    chosen: dict[int, Any] = field(default_factory=dict)
    right: dict[int, bool] = field(default_factory=dict)
    seconds: dict[int, int] = field(default_factory=dict)
    sequence: dict[int, int] = field(default_factory=dict)
    results: list[tuple[int, int, int]] = field(default_factory=list)

    def grade(self) -> None:
        """One more result, from what is right now."""
        correct = sum(self.right[question] for question in self.chosen)
        self.results.append((correct, len(self.chosen) - correct, len(self.questions) - len(self.chosen)))

    @property
    def score(self) -> float:
        return math.floor(10_000 * self.results[-1][0] / len(self.questions)) / 10_000

    @property
    def passed(self) -> bool:
        return round(self.results[-1][0] / len(self.questions), 12) >= self.mark


@dataclass
class Model:
    """All that was acknowledged."""

    answers: list[Given] = field(default_factory=list)
    sessions: dict[int, Session] = field(default_factory=dict)
    tests: dict[int, Test] = field(default_factory=dict)
    bookmarks: set[tuple[int, int]] = field(default_factory=set)
    zones: dict[int, str] = field(default_factory=dict)

    def day(self, user: int, moment: dt.datetime) -> str:
        return moment.astimezone(zoneinfo.ZoneInfo(self.zones[user])).date().isoformat()

    def running(self, user: int) -> set[int]:
        """The questions of tests of this learner that run."""
        tests = [test for test in self.tests.values() if test.user == user and test.status == "in_progress"]
        return {question for test in tests for question in test.questions}

    def told(self, session: int, question: int) -> bool:
        """Whether the learner has been told the key elsewhere since the session began."""
        one = self.sessions[session]
        since = self.answers[one.begun :]
        return any((a.user, a.question) == (one.user, question) and a.session != session for a in since)

    def settle(self, user: int) -> None:
        """Sessions that end by themselves have ended."""
        for session in self.sessions.values():
            if session.user == user and session.due and session.status == "active":
                session.status = "completed" if session.answered else "abandoned"

    def missed(self) -> set[tuple[int, int]]:
        latest = {(a.user, a.question): a.right for a in self.answers}
        return {pair for pair, right in latest.items() if not right}

    def per_question(self, version: dict[int, int]) -> dict[int, tuple[int, int, int]]:
        """Answers, right ones and seconds of each question's present version."""
        counted = dict.fromkeys(version, (0, 0, 0))
        for a in self.answers:
            if a.version == version[a.question]:
                answers, right, seconds = counted[a.question]
                counted[a.question] = (answers + 1, right + a.right, seconds + a.seconds)
        return counted

    def days(self) -> dict[tuple[int, int, str], int]:
        return dict(Counter((a.user, a.exam, a.day) for a in self.answers))

    def plan_days(self) -> dict[tuple[int, str], int]:
        return dict(Counter((a.user, a.day) for a in self.answers if a.attempt is None))

    def progress(self) -> dict[tuple[int, int], tuple[int, int, int, int]]:
        """Answers, different questions, right ones and right first ones, by learner and exam."""
        counted: dict[tuple[int, int], list[Given]] = {}
        for a in self.answers:
            counted.setdefault((a.user, a.exam), []).append(a)
        firsts: dict[tuple[int, int], Given] = {}
        for a in self.answers:
            firsts.setdefault((a.user, a.question), a)
        return {
            (user, exam): (
                len(given),
                len({a.question for a in given}),
                sum(a.right for a in given),
                sum(a.right for (who, _), a in firsts.items() if (who, a.exam) == (user, exam)),
            )
            for (user, exam), given in counted.items()
        }

    def longest(self, session: Session) -> int:
        """The most right answers in a row."""
        best = run = 0
        for right in session.answered:
            run = run + 1 if right else 0
            best = max(best, run)
        return best

    def histogram(self) -> dict[tuple[int, int], tuple[int, int]]:
        """By exam and thousandths: completed tests, and those that passed."""
        counted: dict[tuple[int, int], tuple[int, int]] = {}
        for test in self.tests.values():
            if test.results:
                place = (test.exam, math.floor(1000 * test.results[-1][0] / len(test.questions)))
                attempts, passed = counted.get(place, (0, 0))
                counted[place] = (attempts + 1, passed + test.passed)
        return counted
