"""Each part sees its own damage, no other does, and counting anew mends it."""

import json
from typing import Any

import pytest

from shared_schema.database import LibsqlDatabase, Statement
from study_service import rebuild
from tests.study_service.conftest import rows
from tests.study_service.rebuild.damages import DAMAGE, SHOWN_ALSO
from tests.study_service.rebuild.studied import PARTS, differing


def test_every_part_has_damage() -> None:
    assert DAMAGE.keys() == PARTS.keys()


@pytest.mark.only("file", "server")
def test_each_part_sees_its_damage_and_mends_it(studied: None, database: LibsqlDatabase) -> None:
    """No other part sees it, but those that are compared with its table."""
    assert differing() == []
    before = stored(database)
    for name, damages in DAMAGE.items():
        for damage in damages:
            database.batch([Statement(damage)])
            seen = sorted([name, *SHOWN_ALSO.get(name, ()), *SHOWN_ALSO.get(damage, ())])
            assert (damage, differing()) == (damage, seen)
            changed = {part.name: count for part, count in rebuild.mend()}
            assert {part: count for part, count in changed.items() if count} == {name: changed[name]}
            assert (damage, differing()) == (damage, [])
            if "VALUES (3" not in damage:  # a row for whom there are no answers stays, with zeros
                assert (damage, stored(database)) == (damage, before)


def stored(database: LibsqlDatabase) -> list[Any]:
    """Every derived row, with real numbers as near as they are compared."""
    return [
        [
            {name: plain(value) for name, value in row.items() if name != "created_at"}  # of a version made anew
            for row in rows(database, f"SELECT * FROM {table} WHERE {scope} ORDER BY 1, 2")
        ]
        for table, scope in (
            ("study_days", "1"), ("learner_days", "1"), ("objective_mastery", "1"), ("questions", "1"),
            ("study_sessions", "1"), ("exams", "1"), ("user_progress", "user_id <> 3"), ("question_versions", "1"),
            ("question_tags", "1"), ("exam_ratings", "1"), ("learner_ratings", "1"), ("question_ratings", "1"),
            ("question_bands", "1"), ("question_search", "1"), ("test_results", "1"), ("test_attempts", "1"),
            ("exam_scores", "attempts <> 0 OR passed <> 0"),
            ("memory_states", "1"), ("review_queue", "1"),
        )
    ]  # fmt: skip


def plain(value: Any) -> Any:
    """Documents are the same in any order of their keys."""
    if isinstance(value, str) and value.startswith("{"):
        return json.loads(value)
    return round(value, 8) if isinstance(value, float) else value


def test_damage_of_what_others_are_counted_from_is_mended_at_once(studied: None, database: LibsqlDatabase) -> None:
    """The column shows the table, so a part of the table that is wrong is seen twice, and mended in one run."""
    database.batch([Statement("DELETE FROM objective_mastery"), Statement("DELETE FROM user_progress")])
    database.batch([Statement("DELETE FROM study_days"), Statement("DELETE FROM learner_days")])
    database.batch([Statement("UPDATE questions SET total_attempts = 0")])
    assert differing() == ["learner_days", "learners_tests", "mastery", "progress", "questions", "study_days"]
    list(rebuild.mend())
    assert differing() == []
    assert rows(database, "SELECT count(*) AS n FROM user_progress WHERE objective_mastery <> '{}'")[0]["n"] == 4
