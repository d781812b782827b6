"""What libSQL cannot do is refused when it is asked for, not at the first query that needs it."""

import peewee
import pytest

from shared_schema.database import LibsqlDatabase

CALLBACKS = (
    lambda db: db.func(),
    lambda db: db.func("name"),
    lambda db: db.register_function(str.title, "title_case", 1),
    lambda db: db.aggregate(),
    lambda db: db.register_aggregate(object, "weighted", 1),
    lambda db: db.collation(),
    lambda db: db.register_collation(lambda left, right: 0, "backwards"),
    lambda db: db.window_function(),
    lambda db: db.register_window_function(object, "moving", 1),
    lambda db: db.table_function("series"),
)


@pytest.mark.parametrize("ask", CALLBACKS)
def test_callbacks_into_python(database, ask):
    with pytest.raises(peewee.NotSupportedError, match="libSQL cannot call Python: no user-defined functions"):
        ask(database)
    assert database.execute_sql("SELECT 1").fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (lambda db: db.attach("other.db", "other"), "nothing can be attached"),
        (lambda db: db.detach("other"), "nothing can be attached"),
        (lambda db: db.load_extension("spellfix"), "cannot load extensions"),
        (lambda db: db.backup(db), "has no backup"),
        (lambda db: db.backup_to_file("copy.db"), "has no backup"),
    ],
)
def test_what_needs_more_than_sql(database, ask, reason):
    with pytest.raises(peewee.NotSupportedError, match=reason):
        ask(database)


@pytest.mark.parametrize("option", ["regexp_function", "rank_functions"])
def test_functions_that_need_no_callback(database, option):
    opened = LibsqlDatabase(database.settings, **{option: True})
    assert opened.execute_sql("SELECT 'ping' REGEXP '^p.ng$', 'ping' REGEXP '^i'").fetchall() == [(1, 0)]
    opened.close()
