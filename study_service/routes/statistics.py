"""Item statistics for those who keep the questions."""

import time
from typing import TypedDict

import marshmallow
from marshmallow import fields

from shared_schema.problems import NotFound
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import MODERATORS, allow
from shared_schema.web.schema import AFTER, LIMIT, Flag, Instant, Out, QueryWhole, Schema, Whole, choice
from study_service import grading
from study_service.statistics import results
from study_service.statistics.facts import Item
from study_service.statistics.results import Order

blp = Blueprint("statistics", __name__, url_prefix="/api/analytics", description="Statistics of questions and exams")
FIRST = "From the first answer of each learner to this version, in practice and in timed tests"


class Place(fields.String):
    """The `next` of a page: a question and a version."""

    default_error_messages = {"invalid": "Not the `next` of a page, like 17.1."}

    def __init__(self) -> None:
        pattern = r"[1-9][0-9]{0,17}\.[1-9][0-9]{0,17}"
        valid = marshmallow.validate.Regexp(rf"{pattern}\Z", error="Not the `next` of a page, like 17.1.")
        super().__init__(validate=valid, metadata={"description": AFTER, "pattern": f"^{pattern}$"})


class ParametersQuery(Schema):
    after = Place()
    limit = QueryWhole(1, 100, load_default=100, metadata={"description": LIMIT})


class StatisticsQuery(Schema):
    exam_id = QueryWhole(1, required=True, metadata={"description": "The exam that they are of"})
    order = choice(
        "hardest",
        "miskeyed",
        load_default="hardest",
        metadata={"description": "`hardest`: those without an answer last. `miskeyed`: doubtful keys first"},
    )
    versions = choice(
        "current",
        "all",
        load_default="current",
        metadata={"description": "`current`: of each question the version that is given now; `all`: earlier ones, too"},
    )
    after = Place()
    limit = QueryWhole(1, 100, load_default=20, metadata={"description": LIMIT})


class OptionCount(Out):
    id = fields.String()
    text = fields.String()
    is_correct = Flag()
    count = fields.Integer(metadata={"description": "Learners who chose it"})
    share = fields.Float(allow_none=True, metadata={"description": "Of all who answered"})
    rest_score = fields.Float(
        attribute="rest",
        allow_none=True,
        metadata={"description": "Which share of the other questions they got right; null where nobody can tell"},
    )


class ResponseCount(Out):
    selected_answer = fields.String(attribute="text")
    count = fields.Integer()


class QuestionStatistics(Out):
    id = Whole(1, attribute="question_id", metadata={"description": "Of the question"})
    version = Whole(1)
    current = fields.Boolean(metadata={"description": "Whether this is the version that is given now"})
    text = fields.String()
    type = choice(*grading.KINDS)
    difficulty = fields.Integer()
    objective_id = Whole(1)
    objective_name = fields.String()
    attempts = fields.Integer(metadata={"description": FIRST})
    success_rate = fields.Float(
        attribute="facility", allow_none=True, metadata={"description": "The facility: right answers among them"}
    )
    avg_time_seconds = fields.Float(attribute="mean_seconds", allow_none=True)
    median_time_seconds = fields.Float(attribute="median_seconds", allow_none=True)
    discrimination_index = fields.Float(
        attribute="discrimination",
        allow_none=True,
        metadata={"description": "Item-rest correlation, -1 to 1: the answer and the share of other questions right"},
    )
    discriminative_efficiency = fields.Float(
        attribute="efficiency",
        allow_none=True,
        metadata={"description": "The covariance of both, as a share of the highest that these answers allow"},
    )
    discrimination_reason = fields.String(
        attribute="reason", allow_none=True, metadata={"description": "Why the two before are null"}
    )
    options = fields.List(
        fields.Nested(OptionCount),
        attribute="choices",
        metadata={
            "description": "By option, in the order that the question is stored in; empty where there is none to choose"
        },
    )
    responses = fields.List(
        fields.Nested(ResponseCount), metadata={"description": "The most frequent answers where there are no options"}
    )
    suspected_miskey = fields.Boolean(attribute="suspected", metadata={"description": "Whether the key may be wrong"})
    miskey_reason = fields.String(allow_none=True)
    measured_at = Instant(allow_none=True)


class QuestionStatisticsPage(Out):
    questions = fields.List(fields.Nested(QuestionStatistics))
    next = fields.String(allow_none=True)
    up_to_date = fields.Boolean(metadata={"description": "False: there are answers or versions that are not in it yet"})


class ItemParameters(Out):
    question_id = Whole(1)
    version = Whole(1)
    a = fields.Float(allow_none=True, metadata={"description": "Discrimination, of P = 1 / (1 + exp(-a (theta - b)))"})
    b = fields.Float(allow_none=True, metadata={"description": "Difficulty, in standard deviations of the learners"})
    learners = fields.Integer(attribute="parameters_learners")
    reason = fields.String(
        attribute="parameters_reason", allow_none=True, metadata={"description": "Why there are no parameters"}
    )


class ExamStatistics(Out):
    exam_id = Whole(1)
    answers = fields.Integer(allow_none=True, metadata={"description": "To its questions; null until measured once"})
    first_answers = fields.Integer(allow_none=True, metadata={"description": "Those that the statistics are made of"})
    learners = fields.Integer(allow_none=True)
    attempts = fields.Integer(metadata={"description": "Timed tests that were completed"})
    alpha = fields.Float(allow_none=True, metadata={"description": "Cronbach's alpha of the versions given now"})
    alpha_items = fields.Integer(allow_none=True, metadata={"description": "Of a test of so many questions"})
    alpha_reason = fields.String(allow_none=True, metadata={"description": "Why alpha is null"})
    measured_at = Instant(allow_none=True)
    up_to_date = fields.Boolean()
    parameters = fields.List(fields.Nested(ItemParameters))
    next = fields.String(allow_none=True)


class StatisticsArguments(TypedDict, total=False):
    exam_id: int
    order: Order
    versions: str
    after: str
    limit: int


@blp.route("/questions")
@allow(*MODERATORS)
@raises(NotFound)
@blp.arguments(StatisticsQuery, location="query")
@blp.response(200, QuestionStatisticsPage)
def list_question_statistics(query: StatisticsArguments) -> dict[str, object]:
    """Statistics of the questions of an exam, the hardest first"""
    listed = results.questions(
        query["exam_id"],
        query["order"],
        _item(query.get("after")),
        query["limit"],
        every_version=query["versions"] == "all",
        now=int(time.time()),
    )
    return {"questions": listed.page.rows, "next": listed.page.next, "up_to_date": listed.is_current}


@blp.route("/exams/<id:exam_id>")
@allow(*MODERATORS)
@blp.arguments(ParametersQuery, location="query")
@blp.response(200, ExamStatistics)
@blp.unless_damaged
def get_exam_statistics(query: StatisticsArguments, exam_id: int) -> dict[str, object]:
    """The reliability of an exam, and the parameters of its questions"""
    exam = results.exam(exam_id, _item(query.get("after")), query["limit"], int(time.time()))
    parameters = {"parameters": exam.parameters.rows, "next": exam.parameters.next}
    return {**exam.standing, **parameters, "up_to_date": exam.is_current}


def _item(after: str | None) -> Item | None:
    return Item(*map(int, after.split("."))) if after else None
