"""Rows of the tables: the state of a question for a learner, and the weights that count for her now."""

from collections.abc import Callable, Sequence
from typing import TypedDict

from shared_schema.database import Guard, Statement, require
from shared_schema.fields import dumps
from study_service.memory.model import ALGORITHM, Memory

# Of the learner `w.user_id`, whose row need not be there. Weights of another algorithm are none of this one's.
NUMBER = "coalesce(w.number, 0)"
WEIGHTS = f"CASE WHEN w.algorithm = {ALGORITHM} THEN w.weights END"

COLUMNS = (
    "user_id", "question_id", "exam_id", "stability", "difficulty", "state", "due_at", "last_review_at", "reps",
    "lapses", "algorithm", "weights",
)  # fmt: skip
_MOST_ROWS = 500  # of one statement, which may have 32,766 values
_UNCHANGED = """
    coalesce((SELECT number FROM memory_weights WHERE user_id = :user), 0) = :number AND NOT EXISTS (
        SELECT 1 FROM json_each(:answers) j
        WHERE j.value <> (SELECT count(*) FROM user_answers a
                             WHERE a.user_id = :user AND a.question_id = CAST(j.key AS INTEGER)))
"""


class State(TypedDict):
    """A row of the table; `weights` is the number of those that it was computed with."""

    user_id: int
    question_id: int
    exam_id: int
    stability: float
    difficulty: float
    state: str
    due_at: int
    last_review_at: int
    reps: int
    lapses: int
    algorithm: int
    weights: int


def row(user_id: int, question_id: int, exam_id: int, memory: Memory, number: int) -> State:
    """The row of what is remembered, by the weights with this number."""
    return {
        "user_id": user_id,
        "question_id": question_id,
        "exam_id": exam_id,
        "stability": memory.stability,
        "difficulty": memory.difficulty,
        "state": memory.state,
        "due_at": memory.due_at,
        "last_review_at": memory.last_review_at,
        "reps": memory.reps,
        "lapses": memory.lapses,
        "algorithm": ALGORITHM,
        "weights": number,
    }


def require_unchanged(user_id: int, number: int, answers: dict[int, int], otherwise: Callable[[], Exception]) -> Guard:
    """The step that stops a batch unless the learner's weights still have this number, and she has given exactly so
    many answers to each of these questions. What is computed from them is right then, whoever came between.
    """
    values = {"user": user_id, "number": number, "answers": dumps(answers)}
    return require(_UNCHANGED, values, otherwise=otherwise)


def store(states: Sequence[State]) -> list[Statement]:
    """The steps that store these rows. Their numbers are bound one by one: JSON would round some."""
    return [_store(states[start : start + _MOST_ROWS]) for start in range(0, len(states), _MOST_ROWS)]


def _store(states: Sequence[State]) -> Statement:
    one = f"({', '.join('?' for _ in COLUMNS)})"
    replaced = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[2:])
    sql = f"""
        INSERT INTO memory_states ({", ".join(COLUMNS)}) VALUES {", ".join(one for _ in states)}
        ON CONFLICT (user_id, question_id) DO UPDATE SET {replaced}
    """
    return Statement(sql, [value for state in states for value in state.values()])
