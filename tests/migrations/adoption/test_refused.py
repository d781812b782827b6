"""What is no older database of ours is refused, and nothing is changed."""

import pytest

from migrations import adoption
from shared_schema.database import LibsqlDatabase
from tests.migrations import unchecked
from tests.migrations.adoption import legacy
from tests.migrations.adoption.conftest import everything

WHICH = "Look which database TURSO_DATABASE_URL means"
REFUSED = [
    ([], "the database is empty: `up` makes its tables"),
    (
        ["CREATE TABLE users (id INTEGER PRIMARY KEY)", "CREATE TABLE wp_posts (id INTEGER PRIMARY KEY)"],
        "this is the database of another application: of PingToPass's tables it has users, and it has users, wp_posts."
        f" {WHICH}",
    ),
    (
        ["CREATE TABLE notes (id INTEGER PRIMARY KEY)"],
        f"this is the database of another application: of PingToPass's tables it has none, and it has notes. {WHICH}",
    ),
    (
        ["CREATE TABLE users (id INTEGER PRIMARY KEY)", "CREATE TABLE exams (id INTEGER PRIMARY KEY)"],
        "this is a part of PingToPass: it has users, exams, and objectives, questions, study_sessions, test_attempts,"
        " user_answers, user_progress are missing. Adopt the whole database, or restore a whole backup of it",
    ),
]


@pytest.mark.parametrize(("made", "reason"), REFUSED)
def test_what_is_not_pingtopass_is_refused(old, made, reason):
    for sql in made:
        old.execute_sql(sql)
    before = everything(old)
    for way in (adoption.examine, adoption.adopt):
        with pytest.raises(adoption.Refused) as refused:
            way(old)
        assert str(refused.value) == reason
    assert everything(old) == before


def test_what_is_ours_already_is_refused(make, tmp_path):
    database = make("raw")
    adoption.adopt(database)
    with pytest.raises(adoption.Refused, match="ours already"):
        adoption.adopt(database)
    fresh = LibsqlDatabase(f"file:{tmp_path}/fresh.db")
    unchecked.up(fresh)
    with pytest.raises(adoption.Refused, match="ours already"):
        adoption.examine(fresh)
    fresh.close()


RESTORE = "Restore the backup that was made before, and adopt that"
PARTS = [
    # The history of one stream is there, and the tables of the others are old.
    (
        ["CREATE TABLE migrations_shared (id INTEGER PRIMARY KEY)"],
        "this database is half adopted: exams, objectives, questions, study_sessions, test_attempts, user_answers,"
        f" user_progress beside migrations_shared. {RESTORE}",
    ),
    (
        ["CREATE TABLE migration_adopt_new_users (id INTEGER PRIMARY KEY)"],
        f"this database is half adopted: migration_adopt_new_users beside no history of migrations. {RESTORE}",
    ),
    (
        ["CREATE TABLE migration_adopted_values (table_name TEXT)"],
        "this database is half adopted: users, exams, objectives, questions, study_sessions, test_attempts,"
        f" user_answers, user_progress beside no history of migrations. {RESTORE}",
    ),
]


@pytest.mark.parametrize(("left", "reason"), PARTS)
def test_half_adopted_database_is_refused(make, left, reason):
    database = make("raw")
    for sql in left:
        database.execute_sql(sql)
    before = everything(database)
    for way in (adoption.examine, adoption.adopt):
        with pytest.raises(adoption.Refused) as refused:
            way(database)
        assert set(str(refused.value).replace(",", "").split()) == set(reason.replace(",", "").split())
    assert everything(database) == before


def test_stream_that_is_up_alone_is_ours(file):
    unchecked.up(file, "shared")
    with pytest.raises(adoption.Refused, match="ours already: it has migrations_shared; `up` goes on with it"):
        adoption.examine(file)


def test_typescript_generation_with_the_history_of_its_own_tool_is_adopted(make):
    """Tables of other programs beside ours may have texts as ids."""
    database = make("typescript")
    database.execute_sql("CREATE TABLE __drizzle_migrations (id INTEGER PRIMARY KEY, hash TEXT, created_at NUMERIC)")
    database.execute_sql("INSERT INTO __drizzle_migrations VALUES (1, 'a', 1)")
    database.execute_sql("CREATE TABLE app_user (id TEXT PRIMARY KEY, options TEXT)")
    database.execute_sql("CREATE TABLE survey_questions (id TEXT PRIMARY KEY, options TEXT, correct_answer INTEGER)")
    database.execute_sql("ALTER TABLE questions ADD COLUMN options TEXT DEFAULT '[]'")
    report = adoption.adopt(database)
    assert sorted(report.untouched) == ["__drizzle_migrations", "app_user", "survey_questions"]
    assert database.execute_sql("SELECT * FROM __drizzle_migrations").fetchall() == [(1, "a", 1)]


HALF = [
    (
        "exams",
        "vendor_id text not null; ",
        "",
        "(vendor_id, is_active), unique (vendor_id, code)",
        "(is_active)",
        "no vendor_id",
    ),
    (
        "users",
        "id integer pk",
        "id text pk",
        "",
        "",
        r"another generation of PingToPass: ids are texts \(users.id\)\. ",
    ),
]


@pytest.mark.parametrize(("table", "was", "becomes", "indexes", "fewer", "reason"), HALF)
def test_half_of_a_table_is_refused(old, table, was, becomes, indexes, fewer, reason):
    legacy.create(old, "typescript", {table: legacy.DESCRIPTION[table].replace(was, becomes).replace(indexes, fewer)})
    with pytest.raises(adoption.Refused, match=reason):
        adoption.examine(old)
