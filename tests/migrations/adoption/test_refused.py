"""What is no older database of ours is refused, and nothing is changed."""

import pytest

from migrations import adoption
from shared_schema.database import Database
from tests.migrations import unchecked
from tests.migrations.adoption import legacy
from tests.migrations.adoption.conftest import everything

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
