"""What learners remember: the replay of their answers."""

from collections.abc import Iterator
from itertools import groupby

from shared_schema.rebuild.part import Computed, Part
from study_service.memory import history, model, states
from study_service.memory.history import Given
from study_service.memory.states import State
from study_service.rebuild.learners import SCOPE

_ANSWERS = f"""
    SELECT a.user_id, a.question_id, q.exam_id, a.answered_at, a.is_correct, a.confidence_level,
        {states.NUMBER} AS number, {states.WEIGHTS} AS weights
    FROM user_answers a CROSS JOIN questions q ON q.id = a.question_id
    LEFT JOIN memory_weights w ON w.user_id = a.user_id
    WHERE a.user_id > :after AND a.user_id <= :upto ORDER BY a.user_id, a.question_id, a.answered_at, a.id
"""
# Answers are never changed, and each change of weights has a number of its own.
_SEEN = f"""
    SELECT (SELECT count(*) FROM user_answers WHERE {SCOPE}) || ' '
        || (SELECT coalesce(group_concat(number), '') FROM memory_weights WHERE {SCOPE})
"""


class Answer(Given):
    """An answer with whose it is, and the weights of that learner."""

    user_id: int
    exam_id: int
    number: int
    weights: str | None


def _replayed(answers: list[Answer]) -> Iterator[State]:
    """The rows of the table, of answers in the order of learners, questions and time."""
    for (user_id, question_id), group in groupby(answers, lambda row: (row["user_id"], row["question_id"])):
        given = list(group)
        fsrs = model.scheduler(given[0]["weights"])
        memory = model.replay([history.review(answer) for answer in given], fsrs)
        yield states.row(user_id, question_id, given[0]["exam_id"], memory, given[0]["number"])


PARTS = (
    Part(
        "memory",
        "memory_states",
        "users",
        SCOPE,
        ("user_id", "question_id"),
        _ANSWERS,
        ("exam_id", "state", "due_at", "last_review_at", "reps", "lapses", "algorithm", "weights"),
        ("stability", "difficulty"),
        size=10,  # all their answers are in memory at a time
        computed=Computed(_replayed, _SEEN),
    ),
)
