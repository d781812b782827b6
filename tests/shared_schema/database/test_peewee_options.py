"""What Peewee's databases can be told: options, another database, PRAGMAs, time-outs."""

import peewee
import pytest

from shared_schema.database import LibsqlDatabase, Statement, errors


class Thing(peewee.Model):
    name = peewee.TextField(unique=True)

    class Meta:
        table_name = "things_of_options"


@pytest.fixture
def another(database):
    """`another(**options)`: the same database, opened with these options."""
    opened = []

    def open_with(**options):
        opened.append(LibsqlDatabase(database.settings, **options))
        return opened[-1]

    yield open_with
    for db in opened:
        db.close()


def test_pragmas_are_set_on_every_connection(url, tmp_path):
    db = LibsqlDatabase(url, pragmas={"cache_size": -3000, "Foreign_Keys": 0, "user_version": 7})
    for _ in range(2):
        assert (db.cache_size, db.foreign_keys, db.user_version, db.journal_mode) == (-3000, 0, 7, "wal")
        db.close()
    assert LibsqlDatabase(url, [("journal_mode", "delete")]).journal_mode == "delete"


def test_bad_pragmas_leave_no_connection(url):
    db = LibsqlDatabase(url, pragmas={"cache_size": "1 1"})
    with pytest.raises(peewee.OperationalError, match="syntax error"):
        db.connect()
    assert db.is_closed()


def test_pragmas_are_read_and_set(db):
    db.cache_size = -4096
    assert db.cache_size == db.pragma("cache_size") == -4096
    db.pragma("foreign_keys", 0, permanent=True)
    db.close()
    assert (db.foreign_keys, db.cache_size) == (0, -2000)


def test_pragmas_of_a_reader(url, ours):
    ours("CREATE TABLE t (n)")
    reader = LibsqlDatabase(url, read_only=True, pragmas={"cache_size": -3000})
    assert (reader.cache_size, reader.get_tables()) == (-3000, ["t"])
    reader.close()


@pytest.mark.only("server", "replica")
def test_a_server_is_told_few_pragmas(database, another):
    told = another(pragmas={"foreign_keys": 0, "journal_mode": "wal", "synchronous": "NORMAL", "busy_timeout": 9000})
    with told.atomic():
        assert told.foreign_keys == 0
    assert (told.timeout, told.pragma("journal_mode")) == (9.0, "wal")
    for pragmas in ({"cache_size": -3000}, {"journal_mode": "delete"}, [("temp_store", 2)]):
        with pytest.raises(peewee.NotSupportedError, match=f"its own {next(iter(dict(pragmas)))}, which a client"):
            another(pragmas=pragmas)
    with pytest.raises(peewee.NotSupportedError, match="its own cache_size"):
        database.cache_size = 1
    assert database.cache_size == -2000


def test_the_timeout_of_an_open_database(database):
    database.execute_sql("SELECT 1")
    before = database.timeout
    try:
        database.timeout = 2.5
        assert (database.timeout, database.pragma("busy_timeout")) == (2.5, 2500)
        assert database.pragma("busy_timeout", 1500) == 1500
        assert database.timeout == 1.5
        assert database.execute_sql("SELECT 1").fetchall() == [(1,)]
    finally:
        database.timeout = before


def test_a_new_timeout_counts_at_once(db, hold_lock):
    db.execute_sql("CREATE TABLE t (n)")
    with pytest.raises(peewee.OperationalError, match="locked"):
        hold_lock(3)
        db.timeout = 0.1
        db.execute_sql("INSERT INTO t VALUES (1)")
    db.timeout = 10
    assert db.execute_sql("INSERT INTO t VALUES (1)").rowcount == 1


def test_busy_timeout_among_the_pragmas_is_our_timeout(url):
    db = LibsqlDatabase(url, pragmas={"busy_timeout": 700})
    assert (db.timeout, db.pragma("busy_timeout"), db.execute_sql("PRAGMA busy_timeout").fetchone()) == (
        0.7,
        700,
        (20,),
    )
    db.close()


def test_nothing_connects_by_itself_where_autoconnect_is_off(another):
    db = another(autoconnect=False)
    for ask in (
        lambda: db.execute_sql("SELECT 1"),
        lambda: db.batch([Statement("SELECT 1")]),
        lambda: db.cursor(),
        lambda: db.begin(),
    ):
        with pytest.raises(peewee.InterfaceError, match="not opened"):
            ask()
    db.connect()
    assert db.batch([Statement("SELECT 1 AS n")])[0].rows == [{"n": 1}]


def test_returning_clause(another):
    db = another(returning_clause=True)
    with db.bind_ctx([Thing]):
        db.create_tables([Thing])
        assert Thing.insert(name="a").execute() == 1
        assert list(Thing.insert_many([{"name": "b"}, {"name": "c"}]).execute()) == [(2,), (3,)]
        assert Thing.insert(name="a").on_conflict_ignore().execute() is None
        assert Thing.delete().where(Thing.name != "a").execute() == 2
        with pytest.raises(peewee.IntegrityError):
            Thing.create(name="a")
        db.drop_tables([Thing])


@pytest.mark.only("file", "server")
@pytest.mark.parametrize("lock_type", ["IMMEDIATE", "EXCLUSIVE"])
def test_a_lock_type_holds_the_lock_at_once(database, another, lock_type):
    other = another(timeout=0.05)
    with database.atomic(lock_type), pytest.raises(peewee.OperationalError), other.atomic(lock_type):
        pytest.fail("two have the lock")
    other.timeout = 30
    with other.atomic(lock_type):
        assert other.execute_sql("SELECT 1").fetchall() == [(1,)]


def test_lock_type_of_a_database(url, hold_lock):
    db = LibsqlDatabase(url, lock_type=None, timeout=0.1)
    db.execute_sql("CREATE TABLE t (n)")
    held = hold_lock(2)
    with db.atomic():
        assert db.execute_sql("SELECT n FROM t").fetchall() == []
    held.wait()


def test_a_database_that_is_told_later(database):
    db = LibsqlDatabase(None)
    assert (db.deferred, db.on_server, db.is_closed()) == (True, False, True)
    for ask in (db.connect, db.get_tables, lambda: db.fetch([Statement("SELECT 1")]), lambda: db.url):
        with pytest.raises(peewee.InterfaceError):
            ask()
    db.init(database.settings)
    assert (db.deferred, db.on_server, db.url) == (False, database.on_server, database.url)
    assert db.fetch([Statement("SELECT 1 AS n")], fresh=True)[0].rows == [{"n": 1}]
    db.init(None)
    assert (db.deferred, db.is_closed()) == (True, True)


def test_another_database_while_one_is_open(tmp_path, database):
    database.execute_sql("SELECT 1")
    settings = database.settings
    try:
        database.init(f"file:{tmp_path}/other.db", timeout=1.0)
        assert (database.is_closed(), database.on_server, database.timeout) == (True, False, 1.0)
        database.execute_sql("CREATE TABLE only_there (n)")
        database.batch([Statement("INSERT INTO only_there VALUES (1)")])
        assert database.get_tables() == ["only_there"]
    finally:
        database.init(settings)
    assert "only_there" not in database.get_tables()
    assert database.clock.table == settings.clock


def test_no_other_database_in_a_transaction(db, tmp_path):
    with db.atomic():
        with pytest.raises(peewee.OperationalError, match="while transaction is open"):
            db.init(f"file:{tmp_path}/other.db", pragmas={"cache_size": 1})
        assert db.execute_sql("SELECT 1").fetchall() == [(1,)]
    assert db.url == f"file:{tmp_path}/ours.db"


def test_commit_needs_a_connection(another):
    db = another()
    for ask in (db.commit, db.rollback):
        with pytest.raises(peewee.InterfaceError, match="not open"):
            ask()


def test_options_that_nobody_knows(url):
    with pytest.raises(TypeError, match="no option check_same_thread"):
        LibsqlDatabase(url, check_same_thread=False).connect()


def test_a_generator_of_queries(database):
    numbers = ({"n": 1}, {"n": 2})
    for run in (database.fetch, database.batch):
        results = run(Statement("SELECT :n AS n", number) for number in numbers)
        assert [result.rows for result in results] == [[{"n": 1}], [{"n": 2}]]
    with database.atomic():
        assert len(database.fetch(Statement("SELECT 1") for _ in range(3))) == 3


def test_the_mode_of_a_file_in_its_url(tmp_path):
    url = f"file:{tmp_path}/q.db"
    for mode in ("ro", "rw"):
        with pytest.raises(peewee.OperationalError) as refused:
            LibsqlDatabase(f"{url}?mode={mode}").connect()
        assert mode == "ro" or isinstance(errors.cause(refused.value), errors.Unreachable)
    assert list(tmp_path.iterdir()) == []

    writer = LibsqlDatabase(f"{url}?mode=rwc")
    writer.execute_sql("CREATE TABLE t (n)")
    assert (tmp_path / "q.db").exists()
    reader, also = LibsqlDatabase(f"{url}?mode=ro"), LibsqlDatabase(f"{url}?mode=rw")
    assert reader.get_tables() == ["t"]
    with pytest.raises(peewee.OperationalError, match="readonly"):
        reader.execute_sql("INSERT INTO t VALUES (1)")
    assert also.execute_sql("INSERT INTO t VALUES (1)").rowcount == 1
    for db in (writer, reader, also):
        db.close()
