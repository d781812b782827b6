"""Values that older databases have, each of which passes alone: adoption lists them, mends them by name, and then every
route of the study service works on the rows they were in.
"""

import pytest

from migrations import adoption
from shared_schema.tables import db
from tests.conftest import client
from tests.migrations import unchecked
from tests.migrations.adoption import bad_values
from tests.migrations.adoption.conftest import kept, rows


@pytest.fixture
def bad(make):
    database = make("typescript")
    for sql in bad_values.BAD:
        database.execute_sql(sql)
    return database


def test_every_bad_value_is_listed_with_its_row(bad):
    blocked = [line for line in adoption.examine(bad).lines() if line.startswith(("BLOCKED", "    "))]
    assert blocked[blocked.index(bad_values.SAID[0]) :] == bad_values.SAID
    with pytest.raises(adoption.RowsBlock) as refused:
        adoption.adopt(bad)
    assert [line for line in refused.value.report.lines() if line.startswith("BLOCKED")] == bad_values.SAID[::2]


def test_named_rules_mend_them_and_keep_the_originals(bad):
    seen, done = adoption.examine(bad, bad_values.MENDS), adoption.adopt(bad, bad_values.MENDS)
    assert seen.blocked == []
    for saw, did in zip(seen.tables, done.tables, strict=True):
        assert [rule for rule in did.rules if rule.rule != "renumber"] == saw.rules
    for query, expected in bad_values.NEW:
        assert rows(bad, query) == expected
    for table, *original in bad_values.KEPT:
        assert tuple(original) in kept(bad, table)


def test_services_work_on_the_rows_that_were_mended(bad, study_app):
    adoption.adopt(bad, bad_values.MENDS)
    unchecked.up(bad)
    db.initialize(bad)
    bad.execute_sql("INSERT INTO users (id, email, name, role) VALUES (70, 'mo@example.com', 'Mo', 'moderator')")
    alice, mo = client(study_app, "1", "user"), client(study_app, "70", "moderator")
    assert alice.get("/api/auth/me").json["timezone"] == "UTC"
    picked = alice.get("/api/study/questions?examId=1").json["questions"]
    assert [question["id"] for question in sorted(picked, key=lambda one: one["id"])] == [2, 3]
    ids = {one["id"]: {option["text"]: option["id"] for option in one["answers"]} for one in picked}
    wrong = {"questionId": 2, "selectedAnswer": ids[2]["B"], "timeSpentSeconds": 1}
    assert alice.post("/api/study/answer", json=wrong).json["result"]["score"] == 0.0
    listed = mo.get("/api/questions?examId=1").json["questions"]
    assert [(one["id"], one["reviewStatus"], len(one["answers"])) for one in listed] == [
        (1, "needs_revision", 0), (2, "approved", 2), (3, "approved", 2), (4, "needs_revision", 2),
    ]  # fmt: skip
    session = alice.get("/api/study/sessions/1").json
    assert [answer["selectedAnswer"] for answer in session["answers"]] == ["a", ["[oops"]]
    # Five of the objective were answered and four were right; one more is wrong. Each halves by twenty later ones.
    weight = [0.5 ** (n / 20) for n in range(6)]
    routing = next(one for one in alice.get("/api/progress/exams/1").json["objectives"] if one["id"] == 1)
    assert (round(routing["level"], 9), routing["questionsAnswered"]) == (
        round(0.8 * sum(weight[1:]) / sum(weight), 9),
        6,
    )
    cabling = next(one for one in alice.get("/api/progress/exams/1").json["objectives"] if one["id"] == 2)
    assert (cabling["level"], cabling["lastStudied"]) == (None, "2025-01-31T12:04:00Z")  # too few answers for a level
