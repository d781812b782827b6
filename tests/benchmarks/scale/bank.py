"""Exams with their objectives and questions, and the key of each question for those who make answers."""

from dataclasses import dataclass

from shared_schema.database import LibsqlDatabase
from tests.benchmarks.scale import questions
from tests.benchmarks.scale.questions import Place
from tests.benchmarks.scale.sizes import SEEN_EXAM, Size
from tests.benchmarks.scale.writing import DAY, fill, insert, numbers

OBJECTIVES = 8  # of each exam; their ids follow from the exam's
# Of this connection: what is right and what is wrong, as answers are stored, and since when the version is there.
_KEYS = """
    CREATE TEMP TABLE keys (
        question_id INTEGER PRIMARY KEY, objective_id INTEGER, difficulty INTEGER, version INTEGER, changed_at INTEGER,
        right TEXT, wrong TEXT, other TEXT)
"""
_CONTENT = (
    "objective_id", "type", "answers", "explanation", "reference", "external_link", "difficulty", "tags", "image_url",
    "diagram_data", "ai_generated", "ai_model", "ai_prompt_version", "ai_confidence_score",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exam:
    """The questions `first` to `first + questions - 1`, of which the first `asked` are given to learners."""

    id: int
    first: int
    questions: int

    @property
    def asked(self) -> int:
        """All but one of 25."""
        return self.questions - self.questions // 25


def exams(size: Size) -> list[Exam]:
    """SEEN_EXAM has a size of its own, the others share the rest."""
    others, more = divmod(size.questions - size.seen, size.exams - 1)
    made, first = [], 1
    for number in range(1, size.exams + 1):
        count = size.seen if number == SEEN_EXAM else others + (more if number == 1 else 0)
        made.append(Exam(number, first, count))
        first += count
    return made


def make(database: LibsqlDatabase, size: Size, now: int) -> None:
    """Exams, objectives and questions with their versions, and what is known of them before anybody answers."""
    _catalog(database, size, now)
    database.execute_sql(_KEYS)
    for exam in exams(size):
        places = [_place(exam, offset, size) for offset in range(exam.questions)]
        rows = [questions.rows(place, now) for place in places]
        insert(database, "questions", questions.COLUMNS, [question for question, _ in rows])
        insert(database, "keys", questions.KEY_COLUMNS, [key for _, key in rows])
    _versions(database, size, now)


def _catalog(database: LibsqlDatabase, size: Size, now: int) -> None:
    at = f"{now - 400 * DAY}"
    fill(
        database,
        "exams",
        numbers(size.exams),
        id="n",
        vendor_id="'acme'",
        code="'EX-' || n",
        name="'Exam ' || n",
        question_count="21",
        time_limit_minutes="60",
        created_at=at,
        updated_at=at,
    )
    fill(
        database,
        "objectives",
        numbers(size.exams * OBJECTIVES),
        id="n",
        exam_id=f"(n - 1) / {OBJECTIVES} + 1",
        code="'O-' || n",
        name="'Objective ' || n",
        weight=f"{1 / OBJECTIVES}",
        sort_order="n",
        created_at=at,
    )


def _place(exam: Exam, offset: int, size: Size) -> Place:
    objective = (exam.id - 1) * OBJECTIVES + offset % OBJECTIVES + 1
    return Place(exam.first + offset, exam.id, objective, offset < exam.asked, size.moderator)


def _versions(database: LibsqlDatabase, size: Size, now: int) -> None:
    """The present version of each question, the first one of those that have two, and edits by a model that wait."""
    content = {name: name for name in _CONTENT}
    fill(
        database,
        "question_versions",
        "questions",
        question_id="id",
        version="version",
        text="text",
        review_status="review_status",
        created_by=f"{size.moderator}",
        created_at="iif(version = 1, created_at, updated_at)",
        **content,
    )
    fill(
        database,
        "question_versions",
        "questions WHERE version = 2",
        question_id="id",
        version="1",
        text="text || ' (Choose.)'",
        review_status="'approved'",
        created_by=f"{size.moderator}",
        created_at="created_at",
        **content,
    )
    waiting = content | {"ai_generated": "1", "ai_model": "'model-1'", "ai_confidence_score": "0.7"}
    fill(
        database,
        "question_versions",
        "questions WHERE id % 500 = 7",
        question_id="id",
        version="version + 1",
        text="text || ' (Choose one.)'",
        review_status="'pending'",
        created_at=f"{now - 3 * DAY}",
        **waiting,
    )
