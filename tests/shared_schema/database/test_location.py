"""Where the file is, and opening it for reading only."""

import peewee
import pytest

from shared_schema.database import LibsqlDatabase, Statement


@pytest.mark.parametrize("url", ["", "file:", "ours.db", "/tmp/ours.db", "sqlite:///ours.db", "https://"])
def test_url_must_name_a_file_or_a_server(url):
    with pytest.raises(ValueError, match="file:"):
        LibsqlDatabase(url)


def test_nothing_is_opened_before_the_first_query(tmp_path):
    db = LibsqlDatabase(f"file:{tmp_path}/deep/er/ours.db")
    assert list(tmp_path.iterdir()) == []
    db.execute_sql("CREATE TABLE t (n)")
    assert (tmp_path / "deep" / "er" / "ours.db").exists()
    db.close()


@pytest.mark.parametrize("name", ["plain.db", "with space.db", "100%25.db", "größe.db"])
def test_any_name_of_a_file_works_for_writers_and_readers(name, tmp_path):
    writer = LibsqlDatabase(f"file:{tmp_path}/{name}")
    writer.batch([Statement("CREATE TABLE t (n)"), Statement("INSERT INTO t VALUES (1)")])
    assert (tmp_path / name).exists()

    reader = LibsqlDatabase(f"file:{tmp_path}/{name}", read_only=True)
    assert reader.fetch([Statement("SELECT n FROM t")])[0].rows == [{"n": 1}]
    writer.batch([Statement("INSERT INTO t VALUES (2)")])
    assert reader.fetch([Statement("SELECT n FROM t")])[0].count == 2
    reader.close()
    writer.close()


@pytest.mark.parametrize("name", ["a.db?cache=shared", "a.db?", "a#b.db", "a.db?mode=x"])
def test_parameters_behind_a_file_are_refused(name, tmp_path):
    """They would become part of the file's name, and do nothing."""
    with pytest.raises(ValueError, match="a file: URL takes no parameters"):
        LibsqlDatabase(f"file:{tmp_path}/{name}")
    assert list(tmp_path.iterdir()) == []


def test_reader_cannot_write(url, db, ours):
    ours("CREATE TABLE t (n)")
    reader = LibsqlDatabase(url, read_only=True)
    for write in ("INSERT INTO t VALUES (1)", "CREATE TABLE u (n)", "DROP TABLE t"):
        with pytest.raises(peewee.OperationalError, match="readonly"):
            reader.execute_sql(write)
        with pytest.raises(peewee.OperationalError, match="readonly"):
            reader.batch([Statement(write)])
    reader.close()
    assert db.get_tables() == ["t"]


def test_reader_of_a_server_is_refused():
    """What asks for it would be let write all the same."""
    with pytest.raises(peewee.NotSupportedError, match="tokens that may only read"):
        LibsqlDatabase("https://db.example", read_only=True)


def test_reader_does_not_make_a_file(tmp_path):
    with pytest.raises(peewee.OperationalError):
        LibsqlDatabase(f"file:{tmp_path}/missing/ours.db", read_only=True).execute_sql("SELECT 1")
    assert list(tmp_path.iterdir()) == []
