"""What questions cost: of each call its share, and by what review and learners' answers made of the questions."""

from collections.abc import Sequence
from typing import TypedDict

from growth_service.ledger import cost_rows
from growth_service.ledger.cost_rows import Sums, Totals
from shared_schema.database import Statement
from shared_schema.fields import NANO, dumps
from shared_schema.tables import db
from shared_schema.tables.costs import COUNTABLE


class QuestionCost(Totals):
    """The calls that a question was named in; of the cost of each, its share.

    `review_status` is None where there is no such question. It `survives` if it is approved and active, its key is not
    in doubt, and learners who know more do not get it wrong more often.
    """

    question_id: int
    review_status: str | None
    survives: bool


class QuestionTotals(TypedDict):
    """The same of all questions that were asked for: how many there are, how many are approved, how many survive.

    An amount by a number is None without either; half a nano-dollar is rounded up.
    """

    questions: int
    approved: int
    surviving: int
    total_nanousd: int | None
    unpriced: int
    per_approved_nanousd: int | None
    per_surviving_nanousd: int | None


class QuestionCosts(TypedDict):
    """Questions in the order in which they were asked for, and all of them."""

    questions: list[QuestionCost]
    totals: QuestionTotals


class _Row(Sums):
    question_id: int
    review_status: str | None
    survives: int


# A call's cost is split evenly over its questions; the first by id get a nano-dollar more, until nothing is left over.
_SHARE = "(c.cost_nanousd / l.shares + (l.place < c.cost_nanousd % l.shares))"
_SURVIVES = """
    coalesce(q.review_status = 'approved' AND q.is_active = 1 AND coalesce(q.discrimination_index >= 0, true)
        AND s.miskey_reason IS NULL, false)
"""
_COSTS = f"""
    SELECT w.value AS question_id, q.review_status, {_SURVIVES} AS survives, count(c.id) AS generations,
        count(c.cost_nanousd) AS priced, coalesce(sum({_SHARE} / {NANO}), 0) AS usd,
        coalesce(sum({_SHARE} % {NANO}), 0) AS nanousd
    FROM json_each(:ids) w
    LEFT JOIN questions q ON q.id = w.value
    LEFT JOIN question_statistics s ON s.question_id = q.id AND s.version = q.version
    LEFT JOIN ai_generation_questions l ON l.question_id = w.value
    LEFT JOIN (SELECT id, cost_nanousd FROM ai_generation_log WHERE {COUNTABLE}) c ON c.id = l.generation_id
    GROUP BY w.key ORDER BY w.key
"""


def of(question_ids: Sequence[int]) -> QuestionCosts:
    """What these questions cost, each once."""
    rows = db.fetch([Statement(_COSTS, {"ids": dumps(list(dict.fromkeys(question_ids)))})])[0].all(_Row)
    questions: list[QuestionCost] = [
        {
            **cost_rows.totals([row]),
            "question_id": row["question_id"],
            "review_status": row["review_status"],
            "survives": bool(row["survives"]),
        }
        for row in rows
    ]
    return {"questions": questions, "totals": _totals(rows)}


def _totals(rows: Sequence[_Row]) -> QuestionTotals:
    whole = cost_rows.totals(rows)
    approved = sum(row["review_status"] == "approved" for row in rows)
    surviving = sum(row["survives"] for row in rows)
    return {
        "questions": sum(row["review_status"] is not None for row in rows),
        "approved": approved,
        "surviving": surviving,
        "total_nanousd": whole["total_nanousd"],
        "unpriced": whole["unpriced"],
        "per_approved_nanousd": cost_rows.average(whole["total_nanousd"], approved),
        "per_surviving_nanousd": cost_rows.average(whole["total_nanousd"], surviving),
    }
