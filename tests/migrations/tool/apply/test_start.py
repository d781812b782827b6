"""What forbids to begin: a database that must be adopted first, and tables of somebody else."""

import pytest

from migrations.tool.apply import foresight, preflight, start, state, upgrade
from shared_schema.database import LibsqlDatabase
from tests.migrations.adoption import legacy
from tests.migrations.tool.apply.family import same

ADOPT = (
    "the database has tables of PingToPass and no history of migrations, so older software has made it: "
    "`python -m migrations adopt --dry-run` says what adoption would do, `adopt` does it, and then `up` goes on"
)


@pytest.mark.parametrize("made_by", ["raw", "typescript"])
@pytest.mark.parametrize("stream", [None, "growth"])
def test_older_database_is_told_to_be_adopted_and_not_touched(made_by, stream, db):
    legacy.create(db, made_by)
    before = state.read(db)
    with pytest.raises(preflight.Refused) as raised:
        upgrade.up(db, stream)
    assert str(raised.value) == ADOPT
    ahead = foresight.of(db, stream, None, None)
    assert (ahead.code, ahead.wrong, foresight.lines(ahead)) == (4, [ADOPT], [f"refused: {ADOPT}"])
    assert same(db, before)
    assert not db.table_exists("migration_lease")


def test_tables_of_somebody_else_are_named(db):
    db.execute_sql("CREATE TABLE users (login TEXT)")
    db.execute_sql("CREATE VIEW tweets AS SELECT 1 AS n")
    with pytest.raises(preflight.Refused) as raised:
        upgrade.up(db)
    assert str(raised.value).splitlines() == [
        f"{name}/001_first_tables would make what is there already and not its own: {table}. Choose an empty database, "
        "or rename what is there; nothing of it is dropped"
        for name, table in (("shared", "users"), ("growth", "tweets"))
    ]
    assert start.refusals(db, "study") == str(raised.value).splitlines()[:1]


@pytest.mark.only("file", "server")
def test_our_own_and_an_empty_database_may_begin(database):
    assert start.refusals(database) == []
    assert start.refusals(LibsqlDatabase("file::memory:")) == []


def test_another_table_beside_ours_is_in_nobodys_way(db):
    db.execute_sql("CREATE TABLE articles (id INTEGER)")
    upgrade.up(db, "shared")
    db.execute_sql("CREATE TABLE tweets (id INTEGER)")
    assert (start.refusals(db, "study"), len(start.refusals(db))) == ([], 1)
