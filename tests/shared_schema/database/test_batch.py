"""A batch is one transaction with a result per query."""

import peewee
import pytest

from shared_schema.database import LibsqlDatabase, Statement

COUNT = "SELECT count(*) FROM word"


class Word(peewee.Model):
    text = peewee.TextField(unique=True)
    length = peewee.IntegerField(constraints=[peewee.Check("length > 0")])


@pytest.fixture(autouse=True)
def words(db):
    with db.bind_ctx([Word]):
        db.create_tables([Word])
        yield


def add(text, length=None):
    return Word.insert(text=text, length=len(text) if length is None else length)


def test_every_query_has_its_result_in_order(db):
    added, counted, changed, gone = db.batch(
        [
            Word.insert_many([{"text": "tcp", "length": 3}, {"text": "udp", "length": 3}]),
            Word.select(peewee.fn.COUNT(Word.id).alias("n")).tuples(),
            Word.update(length=4),
            Word.delete().where(Word.text == "udp"),
        ]
    )
    assert [added.count, changed.count, gone.count] == [2, 2, 1]
    assert [added.rows, changed.rows, gone.rows] == [[], [], []]
    assert (counted.rows, counted.count) == ([(2,)], 1)


def test_rows_come_in_the_type_the_query_asks_for(db):
    db.batch([add("dns")])
    models, dicts, tuples, named = db.fetch(
        [Word.select(), Word.select().dicts(), Word.select().tuples(), Word.select(Word.text).namedtuples()]
    )
    assert [(type(word), word.text) for word in models.rows] == [(Word, "dns")]
    assert dicts.rows == [{"id": 1, "text": "dns", "length": 3}]
    assert tuples.rows == [(1, "dns", 3)]
    assert named.first(dict).text == "dns"


def test_returned_rows_come_with_the_write(db):
    one, many = db.batch(
        [
            add("arp").returning(Word.id, Word.text).dicts(),
            Word.update(length=Word.length + 1).returning(Word),
        ]
    )
    assert one.first(dict) == {"id": 1, "text": "arp"}
    assert (many.first(dict).text, many.first(dict).length, many.count) == ("arp", 4, 1)


def test_rows_of_a_statement_are_dicts(db):
    added, read, none = db.batch(
        [
            Statement("INSERT INTO word (text, length) VALUES (:text, 3)", {"text": "icmp"}),
            Statement("SELECT text AS word, length FROM word WHERE length = ?", [3]),
            Statement("SELECT * FROM word WHERE false"),
        ]
    )
    assert (added.rows, added.count, added.first(dict)) == ([], 1, None)
    assert read.rows == [{"word": "icmp", "length": 3}]
    assert (none.rows, none.count, none.first(dict)) == ([], 0, None)


def test_id_of_the_last_insert_comes_back(db):
    assert [add("tcp").execute(), add("udp").execute()] == [1, 2]


def test_transaction_that_the_engine_itself_ended_leaves_the_connection_as_it_was(db, ours):
    db.batch([add("tcp")])
    before = db.connection()
    with pytest.raises(peewee.IntegrityError):
        db.batch([add("udp"), Statement("INSERT OR ROLLBACK INTO word (text, length) VALUES ('tcp', 3)")])
    assert db.connection() is before
    assert ours("SELECT text FROM word") == [("tcp",)]


def test_empty_batch_does_nothing(db):
    assert db.batch([]) == db.fetch([]) == []
    assert not db.connection().in_transaction


@pytest.mark.parametrize(
    ("failing", "error"),
    [
        (add("tcp"), peewee.IntegrityError),
        (add("", 0), peewee.IntegrityError),
        (Statement("INSERT INTO nowhere VALUES (1)"), peewee.OperationalError),
        (Statement("INSERT INTO word (text, length) VALUES (?, 1)", ["\0"]), peewee.DataError),
        (Statement("SELECT 1; SELECT 2"), peewee.ProgrammingError),
    ],
)
def test_failure_in_the_middle_leaves_nothing(failing, error, db, ours, other):
    with pytest.raises(error):
        db.batch([add("tcp"), failing, add("udp")])
    assert ours(COUNT) == [(0,)]
    assert not db.connection().in_transaction

    other.batch([Statement("INSERT INTO word (text, length) VALUES ('free', 4)")])
    assert db.batch([add("again")])[0].count == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, RuntimeError])
def test_interruption_leaves_nothing(error, db, ours):
    def interrupt(event):
        if "udp" in event.params:
            raise error

    db.query_hooks.append(interrupt)
    with pytest.raises(error):
        db.batch([add("tcp"), add("udp")])
    db.query_hooks.clear()
    assert ours(COUNT) == [(0,)]
    assert db.batch([add("udp")])[0].count == 1


def test_nothing_is_seen_from_outside_before_the_end(db, other):
    seen = []
    db.query_hooks.append(lambda event: seen.append(other.execute_sql(COUNT).fetchone()))
    db.batch([add("tcp"), add("udp")])
    assert seen == [(0,), (0,)]
    assert other.execute_sql(COUNT).fetchone() == (2,)


def test_batch_inside_atomic_is_part_of_it(db, ours):
    with db.atomic() as transaction:
        db.batch([add("tcp")])
        transaction.rollback()
    assert ours(COUNT) == [(0,)]

    with db.atomic():
        db.batch([add("tcp")])
        db.batch([add("udp")])
    assert ours(COUNT) == [(2,)]


def test_failed_batch_inside_atomic_undoes_only_itself(db, ours):
    with db.atomic():
        db.batch([add("tcp")])
        with pytest.raises(peewee.IntegrityError):
            db.batch([add("udp"), add("tcp")])
        db.batch([add("dns")])
    assert ours("SELECT text FROM word ORDER BY id") == [("tcp",), ("dns",)]


def test_batch_joins_a_transaction_begun_by_hand(db, ours):
    db.execute_sql("BEGIN IMMEDIATE")
    db.batch([add("tcp")])
    with pytest.raises(peewee.IntegrityError):
        db.batch([add("udp"), add("tcp")])
    assert db.fetch([Statement(COUNT)])[0].rows == [{"count(*)": 1}]
    db.execute_sql("ROLLBACK")
    assert ours(COUNT) == [(0,)]


def test_hooks_see_every_query(db):
    seen = []
    db.query_hooks.append(lambda event: seen.append((event.sql, event.params, event.exception)))
    db.batch([add("tcp"), Statement("SELECT ?", [1])])
    with pytest.raises(peewee.IntegrityError):
        db.batch([add("tcp")])
    insert = 'INSERT INTO "word" ("text", "length") VALUES (?, ?)'
    assert [(sql, list(parameters)) for sql, parameters, _ in seen] == [
        (insert, ["tcp", 3]),
        ("SELECT ?", [1]),
        (insert, ["tcp", 3]),
    ]
    assert [type(error) for *_, error in seen] == [type(None), type(None), peewee.IntegrityError]


def test_query_of_a_model_bound_to_nothing_runs_where_the_batch_runs(tmp_path, db):
    elsewhere = LibsqlDatabase(f"file:{tmp_path}/elsewhere.db")
    elsewhere.batch([Statement('CREATE TABLE "word" (id INTEGER PRIMARY KEY, text TEXT, length INTEGER)')])
    elsewhere.batch([add("tcp")])
    assert elsewhere.fetch([Word.select()])[0].first(dict).text == "tcp"
    assert db.fetch([Word.select()])[0].rows == []
