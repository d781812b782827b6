"""One row that the code cannot use leaves every list whole but for itself, is logged, and is a clear problem alone."""

from typing import Any

import pytest

from shared_schema.database import LibsqlDatabase
from tests.damage import ASKED_FOR, ENDLESS, LEFT_OUT, TOO_EARLY, TOO_LATE, about, logged, spoil
from tests.study_service.lists import Ask, key_of, listed

pytestmark = pytest.mark.only("file", "server")

RIGHT = '{"id":"a","text":"x","isCorrect":true}'
NO_OPTION, NO_ID = "has an option that is no object", "has an option without an id or a text"
NO_LIST, NO_TAGS = "is not a list of options", "is not a list of texts"
NO_TIME, NO_NUMBER = "is not a time between the years 1 and 9999", "is not a finite number"
NEITHER = "has an option that is neither right nor wrong"
WEIGHT = "has an option whose weight is not a number from -1 to 1"
EXPLANATION = "has an option whose explanation is not a text"
NO_DAY = "is not a day of the calendar, like 2026-11-22"
KINDS = "is none of multiple_choice, multi_select, true_false, drag_drop, hotspot, short_answer, numeric"
MODES = "is none of practice, review, speed_drill, weak_areas, custom, adaptive"

FEWER = "fewer questions were picked than asked for: some cannot be used"
BOTH, MODERATED = ("moderated", "picked"), ("moderated",)

# The lists that lose the row, its table and column, the value, what is wrong with it.
BAD = [
    (BOTH, "questions", "answers", '["x","y"]', NO_OPTION),
    (BOTH, "questions", "answers", '{"a":1}', NO_LIST),
    (BOTH, "questions", "answers", "null", NO_LIST),
    (BOTH, "questions", "answers", "no JSON", NO_LIST),
    (BOTH, "questions", "answers", '[{"text":"x","isCorrect":true}]', NO_ID),
    (BOTH, "questions", "answers", '[{"id":"a","isCorrect":true}]', NO_ID),
    (BOTH, "questions", "answers", '[{"id":1,"text":"x","isCorrect":true}]', NO_ID),
    (BOTH, "questions", "answers", '[{"id":"a","text":1,"isCorrect":true}]', NO_ID),
    (BOTH, "questions", "answers", '[{"id":"a","text":"x"}]', NEITHER),
    (BOTH, "questions", "answers", '[{"id":"a","text":"x","isCorrect":"true"}]', NEITHER),
    (BOTH, "questions", "answers", f'[{RIGHT[:-1]},"weight":"1"}}]', WEIGHT),
    (BOTH, "questions", "answers", f'[{RIGHT[:-1]},"weight":1.5}}]', WEIGHT),
    (BOTH, "questions", "answers", f'[{RIGHT[:-1]},"weight":true}}]', WEIGHT),
    (BOTH, "questions", "answers", f'[{RIGHT[:-1]},"explanation":["y"]}}]', EXPLANATION),
    (BOTH, "questions", "tags", '{"x":1}', NO_TAGS),
    (BOTH, "questions", "tags", '["x",2]', NO_TAGS),
    (BOTH, "questions", "tags", "no JSON", NO_TAGS),
    (BOTH, "questions", "type", "essay", KINDS),
    (MODERATED, "questions", "created_at", TOO_LATE, NO_TIME),
    (MODERATED, "questions", "updated_at", TOO_EARLY, NO_TIME),
    (MODERATED, "questions", "reviewed_at", 2**63 - 1, NO_TIME),
    (("exams",), "exams", "created_at", TOO_LATE, NO_TIME),
    (("exams",), "exams", "updated_at", TOO_EARLY, NO_TIME),
    (("exams",), "exams", "passing_score", ENDLESS, NO_NUMBER),
    (("objectives",), "objectives", "weight", ENDLESS, NO_NUMBER),
    (("sessions",), "study_sessions", "created_at", TOO_LATE, NO_TIME),
    (("sessions",), "study_sessions", "last_activity", TOO_EARLY, NO_TIME),
    (("sessions",), "study_sessions", "completed_at", TOO_LATE, NO_TIME),
    (("sessions",), "study_sessions", "accuracy", ENDLESS, NO_NUMBER),
    (("sessions",), "study_sessions", "avg_time_per_question", ENDLESS, NO_NUMBER),
    (("sessions",), "study_sessions", "mode", "cramming", MODES),
    (("sessions",), "study_sessions", "status", "gone", "is none of active, paused, completed, abandoned"),
    (("progress",), "user_progress", "overall_accuracy", ENDLESS, NO_NUMBER),
    (("progress",), "user_progress", "avg_time_per_question", ENDLESS, NO_NUMBER),
    (("progress",), "user_progress", "last_study_date", "yesterday", NO_DAY),
    (("progress",), "user_progress", "last_study_date", "2026-02-30", NO_DAY),
]  # fmt: skip

# Where one such row is asked for by itself.
ALONE = {
    "questions": ("mo", "/api/questions/1"),
    "exams": ("alice", "/api/exams/1"),
    "study_sessions": ("alice", "/api/study/sessions/1"),
    "user_progress": ("alice", "/api/progress/exams/1"),
}


@pytest.mark.parametrize(("losing", "table", "column", "value", "problem"), BAD)
def test_a_bad_row_is_left_out_of_its_lists_and_logged(
    world: None,
    ask: Ask,
    database: LibsqlDatabase,
    losing: tuple[str, ...],
    table: str,
    column: str,
    value: Any,
    problem: str,
) -> None:
    before = listed(ask)
    spoil(database, table, column, value, 1)
    with logged() as lines:
        after = listed(ask)
    fewer = [{"event": FEWER, "level": "warning", "exam": 1, "asked": 100, "picked": 13}] if "picked" in losing else []
    assert lines() == [about(LEFT_OUT, table, 1, column, problem)] * len(losing) + fewer
    for name, shown in before.items():
        assert after[name] == [row for row in shown if name not in losing or key_of(row) != 1]
    assert all(len(after[name]) == len(before[name]) - 1 for name in losing)


@pytest.mark.parametrize(("losing", "table", "column", "value", "problem"), [case for case in BAD if case[1] in ALONE])
def test_a_bad_row_alone_is_a_conflict_that_names_it(
    world: None,
    ask: Ask,
    database: LibsqlDatabase,
    losing: tuple[str, ...],
    table: str,
    column: str,
    value: Any,
    problem: str,
) -> None:
    spoil(database, table, column, value, 1)
    with logged() as lines:
        response = ask(*ALONE[table])
    assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
    assert response.json["detail"] == f"row 1 of {table} cannot be used until its {column} is mended"
    assert lines() == [about(ASKED_FOR, table, 1, column, problem)]
