"""What learners remember of questions: computed by the study service's own model, once for answers that are alike.

A memory depends on the grades of the answers and on the whole days between them, of which there are few kinds.
"""

from collections.abc import Iterator

from shared_schema.database import LibsqlDatabase
from shared_schema.fields import loads
from study_service.memory import model
from study_service.memory.model import Review
from tests.benchmarks.scale.writing import DAY, insert

_START = 1_000 * DAY  # any moment: only what is between the answers matters
_HISTORIES = """
    CREATE TEMP TABLE histories AS
    SELECT user_id, question_id, max(answered_at) AS last, json_group_array(
        json_array(coalesce(days_since_last_seen, 0), is_correct, confidence_level)) AS answers
    FROM (SELECT * FROM user_answers ORDER BY user_id, question_id, attempt_number)
    GROUP BY user_id, question_id
"""
_KINDS = "SELECT DISTINCT answers FROM histories"
_MEMORIES = """
    CREATE TEMP TABLE memories (
        answers TEXT PRIMARY KEY, stability REAL, difficulty REAL, state TEXT, due_after INTEGER, reps INTEGER,
        lapses INTEGER)
"""
_COLUMNS = ("answers", "stability", "difficulty", "state", "due_after", "reps", "lapses")
_FILL = f"""
    INSERT INTO memory_states (user_id, question_id, exam_id, stability, difficulty, state, due_at, last_review_at,
        reps, lapses, algorithm, weights)
    SELECT h.user_id, h.question_id, q.exam_id, m.stability, m.difficulty, m.state, h.last + m.due_after, h.last,
        m.reps, m.lapses, {model.ALGORITHM}, 0
    FROM histories h CROSS JOIN memories m ON m.answers = h.answers CROSS JOIN questions q ON q.id = h.question_id
"""


def make(database: LibsqlDatabase) -> None:
    """Of all answers that are there."""
    database.execute_sql(_HISTORIES)
    database.execute_sql(_MEMORIES)
    kinds = [answers for (answers,) in database.execute_sql(_KINDS).fetchall()]
    insert(database, "memories", _COLUMNS, _memories(kinds))
    database.execute_sql(_FILL)


def _memories(kinds: list[str]) -> Iterator[tuple[object, ...]]:
    fsrs = model.scheduler(None)
    for answers in kinds:
        at, reviews = _START, []
        for days, is_correct, confidence in loads(answers):
            at += days * DAY
            reviews.append(Review(at, model.grade(bool(is_correct), confidence)))
        memory = model.replay(reviews, fsrs)
        yield (
            answers, memory.stability, memory.difficulty, memory.state, memory.due_at - memory.last_review_at,
            memory.reps, memory.lapses,
        )  # fmt: skip
