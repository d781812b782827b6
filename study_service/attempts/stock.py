"""The questions that a test can be made of, as the database gives them: ids first, then those that were drawn."""

from collections.abc import Sequence
from typing import TypedDict

import structlog

from shared_schema import rows
from shared_schema.database import Result, Statement
from shared_schema.fields import dumps, loads
from shared_schema.problems import NotFound
from shared_schema.rows import Shape
from study_service import delivery
from study_service.attempts import blueprint
from study_service.attempts.blueprint import DIFFICULTIES, Drawn
from study_service.delivery import Served, Stored

_log = structlog.get_logger()
_SPARE = 2  # so many more of each objective are read than were drawn, to stand in for those that cannot be used

_EXAM_SHAPE = Shape("exams", reals=("passing_score",))
_EXAM = """
    SELECT id, question_count, time_limit_minutes, passing_score, grading_rule, difficulty_level, difficulty_mix
    FROM exams WHERE id = ? AND is_active = 1
"""
# A stretch of the shuffled order of an objective and a difficulty, no longer than the test, from a point that is drawn.
_STRETCH = """
    SELECT * FROM (
        SELECT x.id, {lap} AS lap, x.shuffle_key FROM questions x
        WHERE x.objective_id = o.id AND x.difficulty = d.value AND x.review_status = 'approved' AND x.is_active = 1
          AND x.shuffle_key {side} :first
        ORDER BY x.shuffle_key LIMIT :places)
"""
_STOCK = f"""
    SELECT o.id AS objective_id, o.weight, d.value AS difficulty, (
        SELECT json_group_array(id) FROM (
            {_STRETCH.format(lap=0, side=">=")} UNION ALL {_STRETCH.format(lap=1, side="<")}
            ORDER BY lap, shuffle_key LIMIT :places)) AS ids
    FROM objectives o CROSS JOIN json_each('{dumps(DIFFICULTIES)}') d
    WHERE o.exam_id = :exam AND o.is_active = 1 ORDER BY o.sort_order, o.id
"""
_DRAWN = """
    SELECT q.id, q.version, q.text, q.type, q.difficulty, q.objective_id, q.tags, q.answers, q.image_url
    FROM json_each(?) w CROSS JOIN questions q ON q.id = w.value
    WHERE q.review_status = 'approved' AND q.is_active = 1 ORDER BY w.key
"""


class ExamRow(TypedDict):
    """What a test takes from its exam. `difficulty_mix` is JSON text."""

    id: int
    question_count: int
    time_limit_minutes: int
    passing_score: float
    grading_rule: str
    difficulty_level: int
    difficulty_mix: str | None


class StockRow(TypedDict):
    """The questions of one objective and one difficulty; `ids` is JSON text."""

    objective_id: int
    weight: float
    difficulty: int
    ids: str


def read_exam(exam_id: int) -> Statement:
    """The read of an exam that a test is for; its result goes to `exam`."""
    return Statement(_EXAM, (exam_id,))


def exam(result: Result) -> ExamRow:
    """The exam that was read, or NotFound; Damaged where its row cannot be used."""
    row = result.first(ExamRow)
    if row is None:
        raise NotFound("no such exam")
    return rows.one("exams", row, lambda found: rows.checked(found, _EXAM_SHAPE))


def read(exam_id: int, places: int | None, first: int) -> Statement:
    """The read of what can be drawn, from the shuffle key `first` on; None: as many as the exam has places."""
    limit = "(SELECT question_count FROM exams WHERE id = :exam)" if places is None else ":places"
    values = {"exam": exam_id, "first": first} | ({} if places is None else {"places": places})
    return Statement(_STOCK.replace(":places", limit), values)


def draw(result: Result, exam_row: ExamRow, places: int) -> Drawn:
    """A test of so many places, from the stock that was read."""
    listed = result.all(StockRow)
    weights = {row["objective_id"]: row["weight"] for row in listed}
    stock = {(row["objective_id"], row["difficulty"]): loads(row["ids"]) for row in listed}
    return blueprint.draw(places, weights, mix(exam_row), stock)


def mix(exam_row: ExamRow) -> dict[int, float]:
    """The exam's difficulty mix; that of its level where it has none, and, with a line in the log, one of no use."""
    text = exam_row["difficulty_mix"]
    if text is None:
        return blueprint.mix_around(exam_row["difficulty_level"])
    document = loads(text)
    if blueprint.is_mix(document):
        return {int(level): float(share) for level, share in document.items()}
    rows.left_out("exams", exam_row["id"], "difficulty_mix", "is not an object of shares by difficulty")
    return blueprint.mix_around(exam_row["difficulty_level"])


def wanted(drawn: Drawn) -> list[int]:
    """The ids to read: those drawn, then some to stand in."""
    return [*drawn.questions, *(question for spare in drawn.spare.values() for question in spare[:_SPARE])]


def read_drawn(question_ids: Sequence[int]) -> Statement:
    """The read of these questions as they are served now; its rows are `Stored`."""
    return Statement(_DRAWN, (dumps(question_ids),))


def served(stored: Sequence[Stored], drawn: Drawn, seed: int) -> list[Served]:
    """The drawn questions without their keys; one that cannot be used is replaced by another of its objective."""
    usable = {question["id"]: question for question in rows.usable("questions", stored, delivery.reader(seed))}
    of = {question["id"]: question["objective_id"] for question in stored}
    spare = {objective: [one for one in ids[:_SPARE] if one in usable] for objective, ids in drawn.spare.items()}
    questions: list[Served] = []
    for question_id in drawn.questions:
        if question_id not in usable:
            others = spare.get(of.get(question_id, 0)) or next(filter(None, spare.values()), [])
            if not others:
                continue
            question_id = others.pop(0)
        questions.append(usable[question_id])
    if len(questions) < len(drawn.questions):
        _log.warning("a test has fewer questions than were drawn: some cannot be used", drawn=len(drawn.questions))
    return questions
