"""Whole databases of each kind, on a file and on a server: adopted, proven, and of use to the services."""

import pytest

from migrations import adoption
from migrations.adoption import target
from migrations.tool.schema import definition
from shared_schema.database import Database, Statement
from shared_schema.releases import streams
from shared_schema.tables import OWNERS, db
from tests.conftest import client
from tests.migrations import unchecked
from tests.migrations.adoption import legacy
from tests.migrations.adoption.conftest import aside, everything, kept
from tests.migrations.adoption.legacy import NOON, NOON_S

KINDS = {"raw": 8, "fourteen": 14, "typescript": 15}


@pytest.fixture
def make(old):
    """`make(kind)`: an older database of this kind, with rows."""

    def make(kind, changed=None):
        legacy.create(old, kind, changed)
        legacy.fill(old, kind)
        return old

    return make


def rows(database, sql, *values):
    return [tuple(row) for row in database.execute_sql(sql, values).fetchall()]


@pytest.mark.parametrize("kind", KINDS)
def test_database_of_each_kind_is_adopted(make, kind, tmp_path):
    database = make(kind)
    counts = {table: rows(database, f"SELECT count(*) FROM {table}") for table in database.get_tables()}
    report = adoption.adopt(database)
    assert f"({KINDS[kind]} tables)" in report.made_by
    for table, count in counts.items():
        if not table.startswith(("sqlite_", "libsql_", "_litestream")):
            assert rows(database, f"SELECT count(*) FROM {table}") == count
    assert rows(database, "PRAGMA foreign_key_check") == []
    assert all(table.after == table.before and table.set_aside == 0 for table in report.tables)
    unchecked.up(database)
    declared = Database(f"file:{tmp_path}/declared.db")
    for owner in streams.NEEDS:
        names = [model._meta.table_name for model in OWNERS[owner]]
        assert definition.read(database, names) == definition.of_models(declared, owner)
        assert streams.pending(database, [owner]) == {owner: []}
    declared.close()


def test_history_says_what_a_first_deploy_would_have_said(make, tmp_path):
    database = make("typescript")
    adoption.adopt(database)
    fresh = Database(f"file:{tmp_path}/fresh.db")
    unchecked.up(fresh)
    for stream in streams.NEEDS:
        first, wanted = streams.history(database, stream)[0], streams.history(fresh, stream)[0]
        assert (first.name, first.phase, first.checksum) == (wanted.name, wanted.phase, wanted.checksum)
    fresh.close()


def test_answers_keep_their_meaning(make):
    database = make("typescript")
    adoption.adopt(database)
    answers = rows(
        database, "SELECT id, answered_at, is_correct, score, confidence_level, flagged FROM user_answers ORDER BY id"
    )
    assert answers == [
        (1, NOON_S, 1, 1.0, None, 0),
        (2, NOON_S + 60, 0, 0.0, 3, 0),
        (3, NOON_S + 120, 1, 1.0, 3, 0),
        (4, NOON_S + 180, 0, 0.0, 3, 0),
        (5, NOON_S + 240, 0, 0.0, 3, 0),
        (6, NOON_S + 300, 1, 1.0, 3, 0),
    ]
    assert kept(database, "user_answers", "answered_at") == [
        (4, "answered_at", "time-iso", "2025-01-31T13:03:00.25+01:00"),
        (6, "answered_at", "time-real", NOON_S + 300.5),
    ]


def test_what_follows_from_the_rows_is_computed(make):
    database = make("typescript")
    database.execute_sql("UPDATE questions SET is_active = 'false' WHERE id = 3")
    adoption.adopt(database)
    assert rows(database, "SELECT questions_available FROM exams") == [(2,)]
    assert rows(database, "SELECT question_ids FROM study_sessions") == [("[1,2]",)]
    # Two attempts were counted and three answers are there: the average goes on from what was counted.
    assert rows(database, "SELECT total_time_seconds FROM questions") == [(30,)] * 4
    # Six were counted and six are there, 75 seconds in one minute.
    assert rows(database, "SELECT total_study_seconds FROM user_progress") == [(75,)]


def test_sum_of_a_question_is_that_of_its_answers_where_all_are_there(make):
    database = make("typescript")
    database.execute_sql("UPDATE questions SET total_attempts = 3 WHERE id = 1")
    database.execute_sql("UPDATE user_progress SET total_study_minutes = 700")
    adoption.adopt(database)
    assert rows(database, "SELECT total_time_seconds FROM questions ORDER BY id") == [(36,), (30,), (30,), (30,)]
    assert rows(database, "SELECT total_study_seconds FROM user_progress") == [(42_000,)]


def test_money_is_whole_micro_dollars(make):
    database = make("typescript")
    adoption.adopt(database)
    assert rows(database, "SELECT ai_cost_microusd FROM growth_metrics ORDER BY id") == [(100_000,), (1_000_001,)]
    assert rows(database, "SELECT cost_microusd, cost_cents FROM ai_generation_log") == [(1_230, 0.123)]
    query = "SELECT ai_cost_microusd, updated_at, opportunity_type FROM engagement_opportunities ORDER BY id"
    assert rows(database, query) == [(12_346, NOON_S, "reply"), (None, NOON_S, "quote")]


def test_nothing_is_left_of_the_tool_but_what_it_keeps(make):
    database = make("typescript")
    adoption.adopt(database)
    names = {name for name in database.get_tables() if not name.startswith(("sqlite_", "libsql_", "_litestream"))}
    histories = {streams.history_table(stream) for stream in streams.NEEDS}
    assert names == target.read().keys() | histories | {"migration_adopted_values", "migration_adopted_rows"}


def test_examination_changes_nothing_and_agrees_with_the_adoption(make):
    database = make("typescript")
    before = everything(database)
    seen = adoption.examine(database)
    assert everything(database) == before
    done = adoption.adopt(database)
    for saw, did in zip(seen.tables, done.tables, strict=True):
        assert [rule for rule in did.rules if rule.rule != "renumber"] == saw.rules
    assert "idx_users_0" in done.tables[0].indexes_removed
    assert any("users: 2 -> 2 rows" in line for line in done.lines())
    assert done.json()["tables"][0]["name"] == "users"


def test_what_is_not_ours_stays(make):
    database = make("typescript")
    database.execute_sql("CREATE TABLE sessions_of_the_frontend (id INTEGER PRIMARY KEY, user INTEGER, at TEXT)")
    database.execute_sql("CREATE INDEX by_user ON sessions_of_the_frontend (user)")
    database.execute_sql("INSERT INTO sessions_of_the_frontend VALUES (7, 1, '2025-01-31 12:00:00')")
    database.execute_sql("CREATE VIEW people AS SELECT id, name FROM users")
    database.execute_sql(
        "CREATE TRIGGER seen AFTER INSERT ON sessions_of_the_frontend BEGIN"
        " UPDATE users SET login_count = login_count + 1 WHERE id = new.user; END"
    )
    report = adoption.adopt(database)
    assert sorted(report.untouched) == ["people", "seen", "sessions_of_the_frontend"]
    assert rows(database, "SELECT * FROM sessions_of_the_frontend") == [(7, 1, NOON)]
    assert rows(database, "SELECT name FROM people WHERE id = 1") == [("Alice",)]
    database.execute_sql("INSERT INTO sessions_of_the_frontend VALUES (8, 1, NULL)")
    assert rows(database, "SELECT login_count FROM users WHERE id = 1") == [(1,)]
    assert rows(database, "SELECT name FROM sqlite_master WHERE name = 'by_user'") == [("by_user",)]


def test_unknown_columns_and_triggers_of_ours_are_kept(make):
    database = make("typescript")
    database.execute_sql("ALTER TABLE users ADD COLUMN Karma")
    database.execute_sql("UPDATE users SET Karma = x'00ff' WHERE id = 1")
    database.execute_sql("UPDATE users SET Karma = 9007199254740993 WHERE id = 2")
    trigger = "CREATE TRIGGER touch AFTER UPDATE ON users BEGIN SELECT CURRENT_TIMESTAMP; END"
    database.execute_sql(trigger)
    report = adoption.adopt(database)
    assert kept(database, "users", "Karma") == [
        (1, "Karma", "unknown-column", b"\x00\xff"),
        (2, "Karma", "unknown-column", 9007199254740993),
    ]
    assert aside(database) == [("users", "touch", "trigger-removed", {"sql": trigger})]
    users = next(table for table in report.tables if table.name == "users")
    assert (users.columns_unknown, users.triggers_removed) == (["Karma"], ["touch"])


def test_highest_id_ever_given_is_kept(make):
    database = make("raw")
    legacy.insert(database, "users", id=500, email="gone@example.com", name="Gone")
    database.execute_sql("DELETE FROM users WHERE id = 500")
    adoption.adopt(database)
    assert ("users", "sqlite_sequence", "sequence", 500) in kept(database, "users", "sqlite_sequence")


def test_missing_columns_are_added(make):
    fewer = legacy.DESCRIPTION["questions"].replace("is_beta integer =false;", "")
    fewer = fewer.replace("updated_at integer =CURRENT_TIMESTAMP", "extra text").replace("(is_active, is_beta), ", "")
    database = make("typescript", {"questions": fewer})
    report = adoption.adopt(database)
    questions = next(table for table in report.tables if table.name == "questions")
    assert {"is_beta", "updated_at"} <= set(questions.columns_added)
    assert rows(database, "SELECT DISTINCT is_beta, updated_at FROM questions") == [(0, NOON_S)]


def test_looser_columns_are_tightened(make):
    """What was BOOLEAN, TIMESTAMP, NUMERIC or nothing at all holds the same after it."""
    loose = legacy.DESCRIPTION["users"].replace("login_count integer =0", "login_count text")
    loose = loose.replace("is_active integer", "is_active text").replace("last_login integer", "last_login text")
    database = make("typescript", {"users": loose})
    database.execute_sql("UPDATE users SET login_count = ' 07 ' WHERE id = 1")
    with pytest.raises(adoption.RowsBlock):
        adoption.adopt(database)
    database.execute_sql("UPDATE users SET login_count = ' 7 ', is_active = 'false' WHERE id = 1")
    adoption.adopt(database)
    assert rows(database, "SELECT login_count, is_active, last_login FROM users ORDER BY id") == [
        (7, 0, None),
        (7, 1, NOON_S),
    ]
    assert kept(database, "users", "login_count") == [(1, "login_count", "number-text", " 7 ")]


def test_every_text_survives(make):
    database = make("typescript")
    texts = ["it's", "", " ", "ünï 🐙", "a\nb\tc", "NULL", "x'00'", "' || id || '", "{range}", "%s ? :a"]
    for n, text in enumerate(texts):
        legacy.insert(database, "users", id=10 + n, email=f"{n}@x", name=text, bio=text)
    database.execute_sql("UPDATE users SET bio = 'a' || char(0) || 'b' WHERE id = 10")
    adoption.adopt(database)
    assert [row[0] for row in rows(database, "SELECT name FROM users WHERE id >= 10 ORDER BY id")] == texts
    assert rows(database, "SELECT hex(bio) FROM users WHERE id = 10") == [("610062",)]


@pytest.mark.parametrize("kind", KINDS)
def test_services_work_on_it(make, kind, study_app, growth_app):
    database = make(kind)
    adoption.adopt(database)
    unchecked.up(database)
    db.initialize(database)
    alice = client(study_app, "1", "user")
    (exam,) = alice.get("/api/exams").json["exams"]
    assert exam["code"] == "T-1"
    before = alice.get("/api/progress/exams/1").json
    body = {"examId": 1, "mode": "practice", "questionCount": 2}
    session = alice.post("/api/study/sessions", json=body).json
    question = session["questions"][0]["id"]
    given = {"questionId": question, "selectedAnswer": "a", "timeSpentSeconds": 60, "studySessionId": session["id"]}
    result = alice.post("/api/study/answer", json=given).json["result"]
    assert result["isCorrect"] is True
    assert result["question"] == {"totalAttempts": 3, "correctAttempts": 2}
    after = alice.get("/api/progress/exams/1").json
    assert after["totalQuestionsSeen"] == before["totalQuestionsSeen"] + 1 == 7
    (average,) = rows(database, "SELECT avg_time_seconds FROM questions WHERE id = ?", question)
    assert average == (30,)  # (15 + 15 + 60) / 3: the average of before goes on
    assert client(growth_app, "4", "admin").get("/api/growth/metrics").status_code == 200


def test_import_recognises_the_questions_that_were_there(make, study_app):
    database = make("typescript")
    legacy.insert(database, "questions", id=9, exam_id=1, objective_id=1, text="Question  1", answers=legacy.ANSWERS)
    report = adoption.adopt(database)
    assert "1 questions are like another of their exam: no import will recognise them" in report.notes
    unchecked.up(database)
    db.initialize(database)
    question = {"questionText": "Question 3", "questionType": "multiple-choice", "options": ["Layer 2", "Layer 3"]}
    new = question | {"questionText": "Question 77"}
    bank = {"examCode": "T-1", "examName": "Test exam", "vendorName": "acme"}
    bank["objectives"] = [{"title": "Routing", "description": "Packets find their way", "weight": 60}]
    body = bank | {
        "questions": [item | {"correctAnswer": [0], "objectiveTitle": "Routing"} for item in (question, new)]
    }
    moderator = client(study_app, "1", "moderator")
    result = moderator.post("/api/questions/import?format=pingtopass", json=body).json
    assert (result["imported"], result["updated"], result["errors"]) == (1, 1, [])
    assert rows(database, "SELECT count(*) FROM questions WHERE text = 'Question 3'") == [(1,)]


REFUSED = [
    ([], "empty"),
    (["CREATE TABLE users (id INTEGER PRIMARY KEY)"], "a part of PingToPass: exams, "),
    (["CREATE TABLE notes (id INTEGER PRIMARY KEY)"], "not a database of PingToPass"),
]


@pytest.mark.parametrize(("made", "reason"), REFUSED)
def test_what_is_not_pingtopass_is_refused(old, made, reason):
    for sql in made:
        old.execute_sql(sql)
    before = everything(old)
    for way in (adoption.examine, adoption.adopt):
        with pytest.raises(adoption.Refused, match=reason):
            way(old)
    assert everything(old) == before


def test_what_is_ours_already_is_refused(make, tmp_path):
    database = make("raw")
    adoption.adopt(database)
    with pytest.raises(adoption.Refused, match="ours already"):
        adoption.adopt(database)
    fresh = Database(f"file:{tmp_path}/fresh.db")
    unchecked.up(fresh)
    with pytest.raises(adoption.Refused, match="ours already"):
        adoption.examine(fresh)
    fresh.close()


HALF = [
    (
        "exams",
        "vendor_id text not null; ",
        "",
        "(vendor_id, is_active), unique (vendor_id, code)",
        "(is_active)",
        "no vendor_id",
    ),
    ("users", "id integer pk", "id text pk", "", "", "users.id is TEXT"),
]


@pytest.mark.parametrize(("table", "was", "becomes", "indexes", "fewer", "reason"), HALF)
def test_half_of_a_table_is_refused(old, table, was, becomes, indexes, fewer, reason):
    legacy.create(old, "typescript", {table: legacy.DESCRIPTION[table].replace(was, becomes).replace(indexes, fewer)})
    with pytest.raises(adoption.Refused, match=reason):
        adoption.examine(old)


def test_progress_is_told(make):
    database, told = make("typescript"), []
    adoption.adopt(database, progress=lambda *step: told.append(step))
    assert ("copying user_answers", 6, 6) in told
    assert {step.partition(" ")[0] for step, _, _ in told} == {"looking", "copying", "indexes", "proving"}
    assert database.fetch([Statement("SELECT count(*) AS n FROM users")])[0].one(dict)["n"] == 2
