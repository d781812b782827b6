"""How many rows `reads` says that a step of a plan reads, and which triggers `triggers` says that a statement fires."""

import pytest

from tests.benchmarks.hot.plans import reads
from tests.benchmarks.hot.plans.recording import Recorded, Step

QUEUE = "engagement_opportunities_queue"


@pytest.mark.parametrize(
    ("step", "what", "rows"),
    [
        (f"SEARCH o USING COVERING INDEX {QUEUE} (status=?)", f"{QUEUE} (status=?)", 14_286),
        ("SEARCH o USING INTEGER PRIMARY KEY (rowid=?)", "engagement_opportunities (rowid=?)", 1),
        ("SEARCH o USING INTEGER PRIMARY KEY (rowid>?)", "engagement_opportunities (rowid>?)", 100_000),
        ("SEARCH o", "engagement_opportunities ", 1),
        ("SCAN o", "SCAN engagement_opportunities", 100_000),
        (f"SCAN o USING INDEX {QUEUE} LEFT-JOIN", f"SCAN {QUEUE}", 100_000),
        (
            "SEARCH o USING AUTOMATIC COVERING INDEX (tweet_id=?)",
            "SEARCH o USING AUTOMATIC COVERING INDEX (tweet_id=?)",
            float("inf"),
        ),
        ("SEARCH m USING PRIMARY KEY (user_id=?)", "missed (user_id=?)", 244),
        ("SEARCH m USING PRIMARY KEY (user_id=? AND question_id=?)", "missed (user_id=? AND question_id=?)", 1),
        ("SEARCH receipts USING INTEGER PRIMARY KEY (rowid>?)", "receipts (rowid>?)", float("inf")),
        ("SCAN n VIRTUAL TABLE INDEX 3:M1", "SCAN n VIRTUAL TABLE INDEX 3:M1", float("inf")),
    ],
)
def test_a_step_reads_so_many_rows(recorded: Recorded, step: str, what: str, rows: float) -> None:
    sql = "SELECT 1 FROM engagement_opportunities o JOIN missed AS m, json_each(?) n"
    assert list(reads.of(sql, (Step(0, step),), recorded.schema)) == [(what, rows, False)]


def test_what_a_statement_makes_is_not_read(recorded: Recorded) -> None:
    plan = (
        Step(0, "MATERIALIZE made"),
        Step(1, "SCAN 4 CONSTANT ROWS"),
        Step(0, "SCAN made"),
        Step(0, "SCAN (subquery-2)"),
        Step(0, "SCAN j VIRTUAL TABLE INDEX 1: LEFT-JOIN"),
        Step(0, "USE TEMP B-TREE FOR ORDER BY"),
    )
    assert list(reads.of("", plan, recorded.schema)) == []


def test_a_sort_is_of_the_steps_beside_it(recorded: Recorded) -> None:
    plan = (
        Step(0, "CO-ROUTINE best"),
        Step(1, "SCAN tweets"),
        Step(0, "SCAN best"),
        Step(0, "SCAN exams"),
        Step(0, "USE TEMP B-TREE FOR ORDER BY"),
    )
    assert [(read.what, read.is_sorted) for read in reads.of("", plan, recorded.schema)] == [
        ("SCAN tweets", False),
        ("SCAN exams", True),
    ]


@pytest.mark.parametrize(
    ("trigger", "is_fired"),
    [
        ("statistics_of_answers", True),  # by an answer
        ("opportunity_counts_of_moved", True),  # by the state of an opportunity
        ("ai_budget_periods_alerts", True),  # by a trigger of an AI call
        ("question_tags_kept", False),  # by an edit
    ],
)
def test_triggers_of_hot_operations_are_looked_at(recorded: Recorded, trigger: str, is_fired: bool) -> None:
    assert (trigger in recorded.triggers) is is_fired
