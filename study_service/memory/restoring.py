"""Replays what is stale: rows that are missing, that lack answers, or that were computed with another algorithm or with
other weights. Answers may be given meanwhile; killed, it goes on where it was.
"""

from collections.abc import Iterator, Sequence

from shared_schema.database import Statement
from shared_schema.fields import dumps
from shared_schema.tables import db
from study_service.memory import history, model, states
from study_service.memory.counting import Moved
from study_service.memory.model import ALGORITHM

_TRIES = 10
_CHUNK = 200  # questions of one batch
_LEARNERS = """
    SELECT u.id FROM users u
    WHERE u.id > ? AND EXISTS (SELECT 1 FROM user_answers a WHERE a.user_id = u.id) ORDER BY u.id LIMIT 1000
"""
_STALE = f"""
    SELECT t.question_id FROM (
        SELECT question_id, count(*) AS answers FROM user_answers WHERE user_id = :user GROUP BY question_id) t
    LEFT JOIN memory_states m ON m.user_id = :user AND m.question_id = t.question_id
    LEFT JOIN memory_weights w ON w.user_id = :user
    WHERE m.user_id IS NULL OR m.reps <> t.answers OR m.algorithm <> {ALGORITHM} OR m.weights <> {states.NUMBER}
    ORDER BY t.question_id
"""
_WEIGHTS = f"""
    SELECT {states.NUMBER} AS number, {states.WEIGHTS} AS weights
    FROM (SELECT 1) LEFT JOIN memory_weights w ON w.user_id = ?
"""
_EXAMS = "SELECT id, exam_id FROM questions WHERE id IN (SELECT value FROM json_each(?))"


def everybody() -> Iterator[tuple[int, int]]:
    """Restore what is stale of every learner; each of those with something, and how many rows that was."""
    after = 0
    while users := db.fetch([Statement(_LEARNERS, (after,))], fresh=True)[0].rows:
        for user in users:
            if changed := learner(user["id"]):
                yield user["id"], changed
        after = users[-1]["id"]


def learner(user_id: int) -> int:
    """Restore what is stale of a learner, a chunk of questions in each batch; how many rows that was."""
    stale = db.fetch([Statement(_STALE, {"user": user_id})], fresh=True)[0].rows
    questions = [row["question_id"] for row in stale]
    for start in range(0, len(questions), _CHUNK):
        restore(user_id, questions[start : start + _CHUNK])
    return len(questions)


def restore(user_id: int, question_ids: Sequence[int]) -> None:
    """Replay the learner's answers to these questions.

    Where answers keep coming between, whoever gives the last one of them has it in what is remembered.
    """
    for _ in range(_TRIES):
        try:
            _replay(user_id, question_ids)
        except Moved:
            continue
        return


def _replay(user_id: int, question_ids: Sequence[int]) -> None:
    wanted = [Statement(_WEIGHTS, (user_id,)), Statement(_EXAMS, (dumps(question_ids),))]
    weights, exams = db.fetch(wanted, fresh=True)
    given = history.of_questions(user_id, question_ids)
    number, fsrs = weights.rows[0]["number"], model.scheduler(weights.rows[0]["weights"])
    exam_of = {row["id"]: row["exam_id"] for row in exams.rows}
    stored = [
        states.row(user_id, question, exam_of[question], model.replay(reviews, fsrs), number)
        for question, reviews in given.items()
    ]
    seen = {question: len(reviews) for question, reviews in given.items()}
    db.batch([states.require_unchanged(user_id, number, seen, Moved), *states.store(stored)], idempotent=True)
