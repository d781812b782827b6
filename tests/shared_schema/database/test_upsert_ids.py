"""The id that an insert gives, where it met a row that was there."""

import peewee
import pytest

from shared_schema.database import LibsqlDatabase


class Word(peewee.Model):
    text = peewee.TextField(unique=True)
    count = peewee.IntegerField(default=1)

    class Meta:
        table_name = "words_of_upserts"


@pytest.fixture
def bound(database):
    with database.bind_ctx([Word]):
        database.create_tables([Word])
        Word.insert_many([("a", 1), ("b", 1), ("c", 1)], fields=[Word.text, Word.count]).execute()
        yield database
        database.drop_tables([Word])


def upsert(text, **conflict):
    return Word.insert(text=text).on_conflict(
        conflict_target=[Word.text], update={Word.count: Word.count + 1}, **conflict
    )


def test_an_upsert_gives_the_id_of_its_row(bound):
    assert upsert("b").execute() == 2
    assert upsert("d").execute() == 4
    assert upsert("a").execute() == 1
    rows = [("a", 2), ("b", 2), ("c", 1), ("d", 1)]
    assert list(Word.select(Word.text, Word.count).order_by(Word.id).tuples()) == rows


def test_on_a_new_connection_as_well(bound):
    other = LibsqlDatabase(bound.settings)
    with other.bind_ctx([Word]):
        assert upsert("c").execute() == 3
    other.close()


def test_an_upsert_that_leaves_the_row_alone_gives_its_id(bound):
    assert upsert("c", where=(Word.count > 5)).execute() == 3
    assert Word.get(text="c").count == 1
    assert upsert("c", where=(Word.count > 5)).as_rowcount().execute() == 0
    assert upsert("c").as_rowcount().execute() == 1


def test_an_ignored_insert_has_no_id(bound):
    assert Word.insert(text="a").on_conflict_ignore().execute() is None
    assert Word.insert(text="d").on_conflict_ignore().execute() == 4
    assert bound.execute_sql("INSERT OR IGNORE INTO words_of_upserts (text, count) VALUES ('a', 1)").lastrowid is None


def test_in_a_transaction(bound):
    with bound.atomic():
        assert Word.insert(text="e").execute() == 4
        assert upsert("a").execute() == 1
        assert Word.insert(text="a").on_conflict_ignore().execute() is None


def test_a_returning_of_its_own_stays(bound):
    assert [(row.text, row.count) for row in upsert("a").returning(Word).execute()] == [("a", 2)]
