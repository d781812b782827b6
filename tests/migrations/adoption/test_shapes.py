"""Documents against the shapes of the models: our own quick checks agree with marshmallow, and what can be brought to a
shape is.
"""

import json

import marshmallow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrations.adoption import shapes, target
from shared_schema.tables import attempts, bank, progress, study, twitter

SHAPES = [
    pytest.param(field.shape, id=field.name)
    for field in (
        bank.Question.answers, bank.Question.tags, study.StudySession.difficulty_filter,
        study.StudySession.objective_scores, attempts.TestAttempt.question_ids,
        attempts.TestAttempt.objective_breakdown,
        progress.UserProgress.objective_mastery, twitter.Tweet.metrics,
    )
]  # fmt: skip
NAMES = st.sampled_from(
    ["id", "text", "isCorrect", "weight", "explanation", "min", "max", "level", "questionsAnswered", "correct", "total",
     "percentage", "lastStudied", "likes", "retweets", "replies", "hashtags", "mentions", "urls", "sentiment", "topics",
     "engagementQuality", "7", "more"]
)  # fmt: skip
PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(-9, 9), st.floats(-9, 9), st.sampled_from(["", "a", "5", "2.5", "true"])
)
DOCUMENTS = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6))


@pytest.mark.parametrize("shape", SHAPES)
def test_quick_check_and_mend_agree_with_marshmallow(shape):
    @settings(max_examples=60, deadline=None)
    @given(DOCUMENTS)
    def agree(document):
        if shapes.fits(shape)(document):
            assert shape.deserialize(document) == document
        better = shapes.mended(shape, document)
        if shapes.wrong(shape, document) is None:
            assert better == document
        if better is not shapes.NOTHING:
            assert shape.deserialize(better) == better

    agree()


def shape(table, column):
    return next(one for one in target.read()[table].columns if one.name == column).shape


# table, column, document, what is wrong with it, what it becomes (None: no rule says what it means)
MISSHAPEN = [
    ("questions", "answers", [{"id": "a", "text": "A", "isCorrect": True, "weight": 1}], None, "the same"),
    ("questions", "answers", ["x", "y"], "Invalid input type.", None),
    ("questions", "answers", {"a": 1}, "Not a valid list.", None),
    ("questions", "answers", [{"id": "a", "text": "A"}], "isCorrect: Missing data for required field.", None),
    (
        "questions", "answers", [{"id": 1, "text": 2, "isCorrect": 1}], "id: Not a valid string.",
        [{"id": "1", "text": "2", "isCorrect": True}],
    ),
    # A number where a truth value belongs: marshmallow takes it, and in Python it is equal.
    (
        "questions", "answers", [{"id": "a", "text": "A", "isCorrect": 1}],
        "a value of another type than the services write", [{"id": "a", "text": "A", "isCorrect": True}],
    ),
    # marshmallow takes the word; the service takes any word for right.
    (
        "questions", "answers", [{"id": "a", "text": "A", "isCorrect": "false"}],
        "a value of another type than the services write", [{"id": "a", "text": "A", "isCorrect": False}],
    ),
    (
        "questions", "answers", [{"id": "a", "text": "A", "isCorrect": True, "weight": None, "explanation": None}],
        "explanation: Field may not be null.", [{"id": "a", "text": "A", "isCorrect": True}],
    ),
    (
        "questions", "answers", [{"id": "a", "text": "A", "isCorrect": True, "order": 1}], "order: Unknown field.",
        [{"id": "a", "text": "A", "isCorrect": True}],
    ),
    (
        "questions", "answers", [{"id": "a", "text": "A", "isCorrect": True, "weight": 50}],
        "weight: Must be greater than or equal to -1 and less than or equal to 1.", None,
    ),
    ("questions", "tags", ["a", 1], "Not a valid string.", ["a", "1"]),
    ("questions", "tags", ["a", None], "Field may not be null.", None),
    ("study_sessions", "objectives", ["1", 2.0], "Not a valid integer.", [1, 2]),
    ("study_sessions", "objectives", [1.5], "Not a valid integer.", None),
    ("study_sessions", "difficulty_filter", {"min": 0, "max": 9},
     "min: Must be greater than or equal to 1 and less than or equal to 5.", None),
    ("study_sessions", "objective_scores", {"1": "0.5"}, "a value of another type than the services write", {"1": 0.5}),
    ("study_sessions", "objective_scores", {"1": "half"}, "Not a valid number.", None),
    ("study_sessions", "objective_scores", {"1": None}, "Field may not be null.", None),
    ("test_attempts", "time_per_question", {"7": "12"}, "a value of another type than the services write", {"7": 12}),
    ("tweets", "metrics", {"likes": 1}, "retweets: Missing data for required field.", None),
]  # fmt: skip


@pytest.mark.parametrize(("table", "column", "document", "why", "becomes"), MISSHAPEN)
def test_what_is_wrong_is_said_and_what_is_plain_is_mended(table, column, document, why, becomes):
    of = shape(table, column)
    assert shapes.wrong(of, document) == why
    better = shapes.mended(of, document)
    expected = document if becomes == "the same" else shapes.NOTHING if becomes is None else becomes
    assert better is expected or json.dumps(better) == json.dumps(expected)


@pytest.mark.parametrize("text", ["oops", '["\\ud800"]', "[1", "'a'", "[" * 2000 + "]" * 2000, ""])
def test_what_the_services_cannot_read_is_nothing(text):
    assert shapes.parsed(text) is shapes.NOTHING


def test_a_shape_with_a_validator_is_left_to_marshmallow():
    few = marshmallow.fields.Integer(strict=True, validate=marshmallow.validate.Range(1, 5))
    assert shapes.fits(few)(3) is False
    assert shapes.wrong(few, 3) is None
