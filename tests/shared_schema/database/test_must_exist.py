"""A database that must be there is not made by whoever opens it."""

from pathlib import Path

import peewee
import pytest

from shared_schema.database import LibsqlDatabase, errors


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    database = LibsqlDatabase(f"file:{tmp_path}/some.db", must_exist=True)
    for use in (database.connect, lambda: database.execute_sql("SELECT 1")):
        with pytest.raises(peewee.OperationalError) as caught:
            use()
        assert isinstance(errors.cause(caught.value), errors.Unreachable)
    assert list(tmp_path.iterdir()) == []


def test_it_is_opened_when_somebody_has_made_it(tmp_path: Path) -> None:
    patient = LibsqlDatabase(f"file:{tmp_path}/some.db", must_exist=True)
    with pytest.raises(peewee.OperationalError):
        patient.execute_sql("SELECT 1")
    maker = LibsqlDatabase(f"file:{tmp_path}/some.db")
    maker.execute_sql("CREATE TABLE t (n INTEGER)")
    maker.close()
    patient.execute_sql("INSERT INTO t VALUES (7)")
    assert patient.execute_sql("SELECT n FROM t").fetchall() == [(7,)]
    patient.close()
