"""Who answered when: each learner's way through an exam, in sittings of up to 20 answers in a row."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared_schema.database import LibsqlDatabase
from tests.benchmarks.scale import bank
from tests.benchmarks.scale.bank import Exam
from tests.benchmarks.scale.sizes import CAME, EXAM, HEAVY, NOT_SEEN, SEEN_ALL, SEEN_EXAM, Size
from tests.benchmarks.scale.writing import DAY, insert, scatter

LENGTH = 20  # answers of a sitting
_SPAN_S, _SPAN_OF_NEW_S = 300 * DAY, 18 * DAY  # between a learner's first answers and her last ones
_TODAY_S = DAY - 1_200  # what is of the last day is of the last day for some minutes more
_PACE_S = 40  # between two answers, or less where a day is full of them
# Of this connection: the answers `first` to `first + length - 1` of a course, which goes round `fresh` questions of the
# `asked` ones behind `question`, beginning at `shift`. `session` and `test` are the ids of what they were given in.
_SITTINGS = """
    CREATE TEMP TABLE sittings (
        user_id INTEGER, exam_id INTEGER, course INTEGER, first INTEGER, length INTEGER, begins_at INTEGER,
        pace INTEGER, question INTEGER, asked INTEGER, fresh INTEGER, shift INTEGER, session INTEGER, test INTEGER)
"""
_COLUMNS = (
    "user_id", "exam_id", "course", "first", "length", "begins_at", "pace", "question", "asked", "fresh", "shift",
    "session", "test",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Course:
    """A learner's answers in one exam, in their order: `total`, of which the last `today` are of the last day.

    After `fresh` different questions the first ones come again.
    """

    user_id: int
    exam: Exam
    total: int
    today: int
    fresh: int


@dataclass(frozen=True, slots=True)
class Sitting:
    course: int
    first: int
    length: int
    begins_at: int
    pace: int


def make(database: LibsqlDatabase, size: Size, now: int) -> None:
    """The sittings of all learners, those that begin first having the lowest ids of sessions and of tests."""
    database.execute_sql(_SITTINGS)
    plan = courses(size)
    listed = [sitting for number, course in enumerate(plan) for sitting in _sittings(number, course, now)]
    listed.sort(key=lambda sitting: (sitting.begins_at, sitting.course))
    insert(database, "sittings", _COLUMNS, _rows(plan, listed))
    database.execute_sql("CREATE INDEX temp.sittings_of_course ON sittings (course, first)")


def courses(size: Size) -> list[Course]:
    """HEAVY is in all exams, others are in two; the numbers of answers add up to those of the size."""
    exams = bank.exams(size)
    seen = exams[SEEN_EXAM - 1].asked - NOT_SEEN
    learners = range(4, size.learners + 1)
    shares = _shares(size.answers - size.heavy - seen, 2 * len(learners))
    plan = [*_heavy(size, exams), Course(SEEN_ALL, exams[SEEN_EXAM - 1], seen, seen, seen)]
    for user_id in learners:
        for exam in (exams[user_id % size.exams], exams[(user_id + 1 + user_id // size.exams % 3) % size.exams]):
            total = next(shares)
            plan.append(Course(user_id, exam, total, 0, min(max(LENGTH, total * 7 // 10), exam.asked)))
    return plan


def _heavy(size: Size, exams: list[Exam]) -> Iterator[Course]:
    """Half of the answers of HEAVY are in EXAM, and all of the last day's."""
    shares = _shares(size.heavy // 2, size.exams - 1)
    for exam in exams:
        total, today = (size.heavy - size.heavy // 2, size.today) if exam.id == EXAM else (next(shares), 0)
        yield Course(HEAVY, exam, total, today, min(max(LENGTH, total * 7 // 10), exam.asked))


def _shares(whole: int, parts: int) -> Iterator[int]:
    """The whole in parts that differ by one at most."""
    return (whole * (part + 1) // parts - whole * part // parts for part in range(parts))


def _sittings(number: int, course: Course, now: int) -> Iterator[Sitting]:
    """Earlier ones spread over the months, then those of the last day."""
    earlier = course.total - course.today
    count, phase = -(-earlier // LENGTH), scatter(course.user_id, 31, 90) / 100
    span = _SPAN_S if course.user_id % CAME else _SPAN_OF_NEW_S
    for place in range(count):
        first = place * LENGTH
        age = DAY + 3_600 + int(span * (count - place - 1 + phase) / count)
        yield Sitting(number, first, min(LENGTH, earlier - first), now - age, _PACE_S)
    pace = min(_PACE_S, _TODAY_S // max(course.today, 1))
    for first in range(earlier, course.total, LENGTH):
        begins_at = now - _TODAY_S + _TODAY_S * (first - earlier) // course.today
        yield Sitting(number, first, min(LENGTH, course.total - first), begins_at, pace)


def _rows(plan: list[Course], listed: list[Sitting]) -> Iterator[tuple[object, ...]]:
    """One of eight sittings is a timed test, half are sessions, the rest are single answers."""
    sessions = tests = 0
    for sitting in listed:
        course = plan[sitting.course]
        kind = scatter(sitting.course * 1_000 + sitting.first // LENGTH, 32, 8)
        is_test = kind == 0 and sitting.length == LENGTH and course.fresh > LENGTH
        is_session = 1 <= kind <= 4
        sessions, tests = sessions + is_session, tests + is_test
        yield (
            course.user_id, course.exam.id, sitting.course, sitting.first, sitting.length, sitting.begins_at,
            sitting.pace, course.exam.first, course.exam.asked, course.fresh,
            (course.user_id * 37 + course.exam.id) * 1_009 % course.exam.asked,
            sessions if is_session else None, tests if is_test else None,
        )  # fmt: skip
