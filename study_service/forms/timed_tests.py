"""What timed tests look like by HTTP: what starts them and is saved in them, and what is shown of them."""

from typing import NotRequired, TypedDict

from marshmallow import fields, post_load

from shared_schema.web.schema import Flag, Instant, Out, Schema, Whole, choice
from study_service.attempts import attempt_rows, clock
from study_service.attempts.saves import Save
from study_service.attempts.start import Order
from study_service.forms.selected import CHOSEN, Selection
from study_service.forms.served import ServedQuestion
from study_service.grading import Selected

_SEQUENCES = 2**53 - 1


class NewTest(TypedDict):
    """A `TestIn` as it was read."""

    exam_id: int
    question_count: int | None
    time_limit_minutes: int | None


class TestIn(Schema):
    exam_id = Whole(1, required=True)
    question_count = Whole(1, 500, load_default=None, allow_none=True)
    time_limit_minutes = Whole(1, 1440, load_default=None, allow_none=True)

    @post_load
    def order(self, data: NewTest, **_: object) -> Order:
        return Order(**data)


class NewChoice(TypedDict):
    """A `ChoiceIn` as it was read."""

    selected_answer: Selected | None
    time_spent_seconds: int
    flagged: NotRequired[bool]
    sequence: NotRequired[int | None]


class ChoiceIn(Schema):
    selected_answer = Selection(required=True, allow_none=True)  # null: no choice, or no more
    time_spent_seconds = Whole(0, 86_400, required=True)
    flagged = Flag()
    sequence = Whole(
        0,
        _SEQUENCES,
        allow_none=True,
        metadata={"description": "Grows with each save of this question: the greater one counts, whichever comes last"},
    )

    @post_load
    def save(self, data: NewChoice, **_: object) -> Save:
        return Save(**data)


class ChoiceOut(Out):
    question_id = Whole(1)
    selected_answer = fields.Raw(metadata=CHOSEN, allow_none=True)
    time_spent_seconds = fields.Integer()
    flagged = Flag()
    changed = Flag()
    sequence = fields.Integer(allow_none=True)
    saved_at = Instant()


class ShortfallOut(Out):
    objective_id = fields.Integer(allow_none=True)
    difficulty = fields.Integer(allow_none=True)
    wanted = fields.Integer()
    drawn = fields.Integer()


class ListedTest(Out):
    id = Whole(1)
    exam_id = Whole(1)
    status = choice(*attempt_rows.STATUSES)
    started_at = Instant()
    expires_at = Instant(allow_none=True, metadata={"description": "When the time is over, by the server's clock"})
    completed_at = Instant(allow_none=True)
    time_limit_minutes = fields.Integer(allow_none=True)
    extra_time_factor = fields.Float()


class SummaryOut(ListedTest):
    score = fields.Float(allow_none=True)
    passed = Flag(allow_none=True)


class TestOut(ListedTest):
    grace_seconds = fields.Integer(
        dump_default=clock.GRACE_S, metadata={"description": "A choice that arrives so late still counts"}
    )
    questions = fields.List(ServedQuestion())
    answers = fields.List(fields.Nested(ChoiceOut))
    shortfalls = fields.List(fields.Nested(ShortfallOut))


class TestPage(Out):
    tests = fields.List(fields.Nested(SummaryOut))
    next = Whole(1, allow_none=True)


class ObjectiveScore(Out):
    correct = fields.Integer()
    total = fields.Integer()
    percentage = fields.Float(metadata={"description": "Of the marks, two digits, rounded down"})


class ReviewFrom(Out):
    score = Instant(allow_none=True)
    correctness = Instant(allow_none=True)
    key = Instant(allow_none=True)


class EarlierResult(Out):
    number = Whole(1)
    graded_at = Instant()
    grading_rule = fields.String()
    score = fields.Float()
    passed = Flag()


class ResultOut(Out):
    id = Whole(1)
    exam_id = Whole(1)
    status = choice(*attempt_rows.STATUSES)
    started_at = Instant()
    completed_at = Instant(allow_none=True)
    question_count = fields.Integer()
    number = Whole(1, metadata={"description": "1, and one more with each regrade"})
    graded_at = Instant()
    grading_rule = fields.String()
    passing_score = fields.Float()
    score = fields.Float(allow_none=True, metadata={"description": "0 to 1, four digits, rounded down"})
    passed = Flag(allow_none=True, metadata={"description": "From the exact ratio"})
    correct_count = fields.Integer(allow_none=True)
    incorrect_count = fields.Integer(allow_none=True)
    skipped_count = fields.Integer(allow_none=True)
    total_time_seconds = fields.Integer(allow_none=True)
    objective_breakdown = fields.Dict(fields.String(), fields.Nested(ObjectiveScore), allow_none=True)
    percentile = fields.Float(
        allow_none=True,
        metadata={"description": "Per cent of the exam's completed tests that scored less, and half of those as good"},
    )
    review = fields.Nested(ReviewFrom, metadata={"description": "From when each thing is shown; null for never"})
    earlier = fields.List(fields.Nested(EarlierResult), metadata={"description": "Results before a regrade"})


class ReviewedQuestion(Out):
    question = ServedQuestion()
    selected_answer = fields.Raw(metadata=CHOSEN, allow_none=True)
    time_spent_seconds = fields.Integer()
    flagged = Flag()
    changed = Flag()
    is_correct = Flag(allow_none=True)
    score = fields.Float(allow_none=True)
    correct_answer = fields.Raw(metadata=CHOSEN, allow_none=True)
    explanation = fields.String(allow_none=True)
    reference = fields.String(allow_none=True)


class ReviewedOut(ResultOut):
    questions = fields.List(fields.Nested(ReviewedQuestion))


class ExtendedOut(Out):
    id = Whole(1)
    user_id = Whole(1)
    extra_time_factor = fields.Float()
    started_at = Instant()
    expires_at = Instant()
