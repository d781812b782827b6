"""No hot operation reads more than MOST rows at a step of a plan, by the statistics of the large database, but for the
steps that are listed here with what ends them.

A step that is not ended by a key would cost more with each row of its table, and so would a sort of what it reads.
"""

from collections import Counter, defaultdict
from typing import NamedTuple

import pytest

from tests.benchmarks.hot.plans import reads
from tests.benchmarks.hot.plans.recording import Plan, Planned, Recorded
from tests.benchmarks.hot.plans.schema import Schema

MOST = 100


class Allowed(NamedTuple):
    """Why a step is no fault, and how many such steps each operation has."""

    why: str
    steps: dict[str, int]


ALLOWED = {
    "SCAN ai_generation_log_left_out": Allowed(
        "the index has none but calls whose time or cost cannot be added up", {"AI costs": 1}
    ),
    "SCAN engagement_opportunities": Allowed(
        "a foreign key: read only in a transaction with violations that are deferred, and ours has none",
        {"ingest of 100 tweets": 2},
    ),
    "SCAN question_search VIRTUAL TABLE INDEX 64:M6>": Allowed(
        "the index of words, in the order of ids up to the limit", {"search of questions": 1}
    ),
    "ai_cost_slots (dimension=? AND seconds=? AND start>? AND start<?)": Allowed(
        "a row for each day of the window", {"AI costs": 1, "growth analytics": 1}
    ),
    "ai_cost_slots (dimension=? AND seconds=? AND start>? AND start<?), sorted": Allowed(
        "the rows of eleven slots, which have the sums of what is in them", {"AI costs": 3}
    ),
    "ai_generation_log_by_time (created_at>? AND created_at<?)": Allowed(
        "in the order of the index up to the limit", {"generations, newest": 1}
    ),
    "ai_repricings_generation_id_id (generation_id=?)": Allowed(
        "what one call was priced at again; the large database has none",
        {"generations, newest": 1, "ai_generation_log_as_before": 1},
    ),
    "ai_repricings_generation_id_id (generation_id=?), sorted": Allowed(
        "a foreign key, as above; what was sent is sorted", {"generation with a key": 1}
    ),
    "engagement_opportunities_executed (executed_at>? AND executed_at<?)": Allowed(
        "the latest 300", {"growth analytics": 1}
    ),
    "engagement_opportunities_queue (status=?)": Allowed(
        "the best ones, in the order of the index up to the limit", {"opportunities pending": 1, "claim of 10": 5}
    ),
    "engagement_opportunities_waiting (pending_until<?)": Allowed(
        "those whose time is over, of which each claim writes down a hundred",
        {"claim of 10": 2, "opportunities counted": 2},
    ),
    "growth_metrics_date (date<?)": Allowed("the last one", {"growth metrics": 1}),
    "growth_metrics_date (date>? AND date<?)": Allowed(
        "a row for each day of the window", {"growth analytics": 1, "growth metrics": 1}
    ),
    "idempotency_keys_created_at (created_at<?)": Allowed(
        "the oldest 32, where they are too old", {"answer with a key": 2, "ingest of 100 tweets": 2}
    ),
    "memory_states_reviewed (user_id=? AND exam_id=? AND last_review_at>?)": Allowed(
        "as many as a learner reviews in a day", {"reviews due, heavy learner": 1}
    ),
    "memory_states_user_id_exam_id_due_at (user_id=? AND exam_id=? AND due_at<?)": Allowed(
        "in the order of the index up to the limit", {"reviews due, heavy learner": 1}
    ),
    "opportunity_quarters (rowid>? AND rowid<?)": Allowed(
        "the quarters of an hour of the days that are in the window in part", {"growth analytics": 2}
    ),
    "question_statistics_by_trust (exam_id=?)": Allowed(
        "the measuring of an exam, by one request after many answers", {"question statistics": 2}
    ),
    "question_statistics_exam_id_hardness_question_id_version (exam_id=?)": Allowed(
        "in the order of the index up to the limit", {"question statistics": 1}
    ),
    "questions_exam_id_external_id (exam_id=?)": Allowed("the measuring of an exam", {"question statistics": 2}),
    "questions_exam_id_external_id (exam_id=?), sorted": Allowed(
        "the measuring of an exam", {"question statistics": 1}
    ),
    "questions_shuffled_by_objective (objective_id=? AND difficulty=? AND shuffle_key<?)": Allowed(
        "as many as the test needs, in the order of the index", {"test started": 1}
    ),
    "questions_shuffled_by_objective (objective_id=? AND difficulty=? AND shuffle_key>?)": Allowed(
        "as many as the test needs, in the order of the index", {"test started": 1}
    ),
    "questions_walked_by_exam (exam_id=? AND shuffle_key>? AND shuffle_key<?)": Allowed(
        "stretches of the index, up to a limit",
        {
            "questions, new learner": 1,
            "questions, heavy learner": 1,
            "questions, nearly all seen": 1,
            "session started": 1,
        },
    ),
    "questions_walked_by_objective (objective_id=?)": Allowed("whether there is one", {"progress in an exam": 1}),
    "receipts (rowid>?)": Allowed("the oldest 32", {"answer with a key": 2, "ingest of 100 tweets": 2}),
    "revocations (rowid>?)": Allowed(
        "the new ones; all that count, when a process begins", {"questions, new learner": 1, "opportunities pending": 1}
    ),
    "send_slots_taken_at (taken_at>?)": Allowed("those of the day", {"claim of 10": 2}),
    "tweets_by_number (<expr><?)": Allowed("in the order of the index up to the limit", {"tweets, newest": 1}),
    "tweets_top_of_day (<expr>=?)": Allowed("the first one of a day", {"tweets, top": 1}),
    "tweets_top_of_day (<expr>=? AND engagement<?)": Allowed("the next one of a day", {"tweets, top": 1}),
    "user_progress_leaderboard (exam_id=?)": Allowed("in the order of the index up to the limit", {"leaderboard": 1}),
}


@pytest.mark.parametrize("statistics", ["deployed", "large"])
def test_no_step_reads_rows_without_an_end(recorded: Recorded, statistics: str) -> None:
    long: dict[str, Counter[str]] = defaultdict(Counter)
    for operation, statements in (recorded.operations | recorded.triggers).items():
        for read in _long_reads(statements, statistics, recorded.schema):
            long[read][operation] += 1
    assert {what: dict(steps) for what, steps in sorted(long.items())} == {
        what: allowed.steps for what, allowed in sorted(ALLOWED.items())
    }


def _long_reads(statements: list[Planned], statistics: str, schema: Schema) -> list[str]:
    plans: list[tuple[str, Plan]] = [(one.sql, getattr(one, statistics)) for one in statements]
    long = [read for sql, plan in plans for read in reads.of(sql, plan, schema) if read.rows > MOST]
    return [f"{read.what}, sorted" if read.is_sorted else read.what for read in long]
