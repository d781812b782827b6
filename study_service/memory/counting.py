"""Counts answers in what is remembered, in the batch that stores them.

An answer in its turn goes on from the row that was read. One that comes late, or to a question whose row is missing or
was computed otherwise, needs the learner's earlier answers to the question: another read, and then their replay. Either
way the batch applies only if she has given no other answer meanwhile; who comes second starts over from a new read.
Who comes second again and again, stores the answer without this and replays it afterwards: see `restoring`.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypedDict

from shared_schema.database import Guard, Result, Statement
from shared_schema.fields import dumps
from study_service.answered import Answered
from study_service.memory import exam_days, history, model, states
from study_service.memory.model import ALGORITHM, Memory, Review

_KNOWN = f"""
    SELECT j.value AS question_id, {states.NUMBER} AS number, {states.WEIGHTS} AS weights,
        (SELECT count(*) FROM user_answers a WHERE a.user_id = :user AND a.question_id = j.value) AS answers,
        {exam_days.sql("(SELECT q.exam_id FROM questions q WHERE q.id = j.value)")} AS exam_day,
        m.stability, m.difficulty, m.state, m.due_at, m.last_review_at, m.reps, m.lapses, m.algorithm,
        m.weights AS computed_with
    FROM {{questions}} j
    LEFT JOIN memory_weights w ON w.user_id = :user
    LEFT JOIN memory_states m ON m.user_id = :user AND m.question_id = j.value
"""
_OF_LIST = _KNOWN.format(questions="json_each(:questions)")
_CHOSEN = "SELECT question_id AS value FROM test_answers WHERE attempt_id = :attempt AND selected_answer IS NOT NULL"
_OF_TEST = _KNOWN.format(questions=f"({_CHOSEN})")


class Moved(Exception):
    """The learner has answered one of the questions meanwhile, or has other weights: start over from a new read."""


class Known(TypedDict):
    """What is there of a question: the learner's weights, the number of her answers, the day of her exam, her row."""

    question_id: int
    number: int
    weights: str | None
    answers: int
    exam_day: object
    stability: float | None
    difficulty: float | None
    state: str | None
    due_at: int | None
    last_review_at: int | None
    reps: int | None
    lapses: int | None
    algorithm: int | None
    computed_with: int | None


@dataclass(frozen=True, slots=True)
class Counted:
    """The steps, which go before those that store the answers. By question: what is remembered after all of them, and
    what the learner has noted as the day of its exam.
    """

    steps: list[Statement | Guard]
    memories: dict[int, Memory]
    noted: dict[int, object]

    def next_review_at(self, question_id: int, zone: dt.tzinfo) -> int | None:
        """When the question is due, in epoch seconds: not after the day of the learner's exam, in her time zone.

        An exam that was is none. None for a question whose answer is not counted here.
        """
        memory = self.memories.get(question_id)
        if memory is None:
            return None
        day = exam_days.day(self.noted[question_id])
        last = None if day is None else exam_days.end(day, zone)
        return memory.due_at if last is None or last < memory.last_review_at else min(memory.due_at, last)


NOTHING = Counted([], {}, {})


def read(user_id: int, question_ids: Sequence[int]) -> Statement:
    """The read of what is there of these questions, to go with other reads; its result goes to `count`."""
    return Statement(_OF_LIST, {"user": user_id, "questions": dumps(sorted(set(question_ids)))})


def read_of_test(user_id: int, attempt_id: int) -> Statement:
    """The same for the questions of a timed test for which something is chosen."""
    return Statement(_OF_TEST, {"user": user_id, "attempt": attempt_id})


def count(result: Result, given: Sequence[Answered], otherwise: Callable[[], Exception] = Moved) -> Counted:
    """What is remembered after these answers of one learner, in the order in which they are stored.

    The steps raise Moved, or `otherwise`, where somebody came between. Reads once more where it has to replay.
    """
    known = {row["question_id"]: row for row in result.all(Known)}
    by_question: dict[int, list[Answered]] = {}
    for answer in given:
        by_question.setdefault(answer.question["id"], []).append(answer)
    if not by_question:
        return NOTHING
    user_id, number = given[0].user_id, known[given[0].question["id"]]["number"]
    late = [question for question, answers in by_question.items() if not _goes_on(known[question], answers)]
    earlier = history.of_questions(user_id, late) if late else {}
    seen, memories = {}, {}
    for question, answers in by_question.items():
        before = earlier.get(question, []) if question in late else None
        seen[question] = known[question]["answers"] if before is None else len(before)
        memories[question] = _memory(known[question], before, answers)
    unchanged = states.require_unchanged(user_id, number, seen, otherwise)
    stored = [
        states.row(user_id, question, by_question[question][0].question["exam_id"], memory, number)
        for question, memory in memories.items()
    ]
    noted = {question: known[question]["exam_day"] for question in memories}
    return Counted([unchanged, *states.store(stored)], memories, noted)


def _goes_on(known: Known, given: Sequence[Answered]) -> bool:
    """Whether the row, or that there is none, tells all of the answers before these."""
    if known["answers"] == 0:
        return True
    if known["last_review_at"] is None or known["reps"] != known["answers"]:
        return False
    present = (known["algorithm"], known["computed_with"]) == (ALGORITHM, known["number"])
    return present and known["last_review_at"] <= min(model.within(answer.at) for answer in given)


def _memory(known: Known, before: list[Review] | None, given: Sequence[Answered]) -> Memory:
    """What is remembered after the answers `before`, or by the row where they are not needed, and those given now."""
    new = [Review(answer.at, model.grade(answer.grade.is_correct, answer.confidence)) for answer in given]
    reviews = sorted([*(before or []), *new], key=lambda review: review.at)  # answers of one second stay in their order
    return model.replay(reviews, model.scheduler(known["weights"]), _stored(known) if before is None else None)


def _stored(known: Known) -> Memory | None:
    if known["answers"] == 0:
        return None
    values = {name: known[name] for name in Memory.__dataclass_fields__}  # type: ignore[literal-required]  # Known has them all
    return Memory(**values)
