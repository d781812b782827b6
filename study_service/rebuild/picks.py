"""What questions are picked by: mistakes, tags, ratings; and the versions that are kept beside the questions."""

from shared_schema.rebuild.part import Part
from study_service import elo
from study_service.rebuild.learners import ANSWERS, SCOPE

# With max(), the other columns are those of the row that has it.
_MISSED = f"""
    SELECT user_id, question_id, exam_id, answer_id
    FROM (SELECT user_id, question_id, exam_id, id AS answer_id, is_correct, max(attempt_number)
          FROM ({ANSWERS}) GROUP BY user_id, question_id)
    WHERE is_correct = 0
"""
# Answers of releases without ratings say nothing that was expected, and moved none.
_MOVE = elo.move("n - 1")
_EXAM_MOVES = f"""
    SELECT *, {_MOVE} * (is_correct - expected) AS moved
    FROM (SELECT *, row_number() OVER (PARTITION BY user_id, exam_id ORDER BY id) AS n
          FROM ({ANSWERS}) WHERE expected IS NOT NULL)
"""
_EXAM_RATINGS = f"""
    SELECT user_id, exam_id, {elo.START} + sum(moved) AS rating, count(*) AS answers
    FROM ({_EXAM_MOVES}) GROUP BY user_id, exam_id
"""
# What a learner has in the exam before an answer: with it the rating in an objective begins.
_BEFORE = f"""
    {elo.START} + coalesce(sum(moved) OVER (
        PARTITION BY user_id, exam_id ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
"""
_LEARNER_RATINGS = f"""
    SELECT user_id, objective_id, sum(CASE WHEN n = 1 THEN of_exam ELSE 0 END + {_MOVE} * (is_correct - expected))
        AS rating, count(*) AS answers, sum(CASE WHEN later = 1 THEN expected END) AS expected
    FROM (SELECT user_id, objective_id, is_correct, expected, of_exam,
              row_number() OVER (PARTITION BY user_id, objective_id ORDER BY id) AS n,
              row_number() OVER (PARTITION BY user_id, objective_id ORDER BY id DESC) AS later
          FROM (SELECT *, {_BEFORE} AS of_exam FROM ({_EXAM_MOVES})))
    GROUP BY user_id, objective_id
"""
# Of first answers, to the version that is present. It began with the difficulty that it had then.
_QUESTION_RATINGS = f"""
    SELECT question_id, sum(CASE WHEN n = 1 THEN {elo.start("difficulty")} ELSE 0 END
        + {elo.move("n - 1", before=elo.AUTHOR)} * (expected - is_correct)) AS rating, count(*) AS answers
    FROM (SELECT a.question_id, a.is_correct, a.expected, a.difficulty,
              row_number() OVER (PARTITION BY a.question_id ORDER BY a.id) AS n
          FROM questions q CROSS JOIN user_answers a ON a.question_id = q.id AND a.question_version = q.version
          WHERE q.id > :after AND q.id <= :upto AND a.attempt_number = 1 AND a.expected IS NOT NULL)
    GROUP BY question_id
"""
_TAGS = """
    SELECT DISTINCT q.id AS question_id, t.value AS tag, q.exam_id, q.objective_id, q.difficulty, q.shuffle_key
    FROM questions q, json_each(CASE WHEN json_valid(q.tags) THEN q.tags ELSE '[]' END) t
    WHERE q.id > :after AND q.id <= :upto AND t.type = 'text' AND q.review_status = 'approved' AND q.is_active = 1
"""
_OF_QUESTIONS = "question_id > :after AND question_id <= :upto"
_CONTENT = (
    "objective_id", "text", "type", "answers", "explanation", "reference", "external_link", "difficulty", "tags",
    "image_url", "diagram_data", "review_status", "ai_generated", "ai_model", "ai_prompt_version",
    "ai_confidence_score",
)  # fmt: skip
_VERSIONS = f"""
    SELECT id AS question_id, version, {", ".join(_CONTENT)} FROM questions WHERE id > :after AND id <= :upto
"""
_PRESENT = f"{_OF_QUESTIONS} AND version = (SELECT q.version FROM questions q WHERE q.id = question_id)"

PARTS = (
    Part(
        "versions",
        "question_versions",
        "questions",
        _PRESENT,
        ("question_id", "version"),
        _VERSIONS,
        _CONTENT,
        rows="new",
        size=1000,
        logged="question",
    ),
    Part(
        "tags",
        "question_tags",
        "questions",
        _OF_QUESTIONS,
        ("question_id", "tag"),
        _TAGS,
        ("exam_id", "objective_id", "difficulty", "shuffle_key"),
        size=1000,
    ),
    Part("missed", "missed", "users", SCOPE, ("user_id", "question_id"), _MISSED, ("exam_id", "answer_id")),
    Part(
        "exam_ratings",
        "exam_ratings",
        "users",
        SCOPE,
        ("user_id", "exam_id"),
        _EXAM_RATINGS,
        ("answers",),
        ("rating",),
    ),
    Part(
        "learner_ratings",
        "learner_ratings",
        "users",
        SCOPE,
        ("user_id", "objective_id"),
        _LEARNER_RATINGS,
        ("answers",),
        ("rating", "expected"),
    ),
    Part(
        "question_ratings",
        "question_ratings",
        "questions",
        _OF_QUESTIONS,
        ("question_id",),
        _QUESTION_RATINGS,
        ("answers",),
        ("rating",),
        size=1000,
    ),
)
