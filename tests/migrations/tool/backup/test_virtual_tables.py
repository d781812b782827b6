"""Virtual tables and indexes of vectors come back as they were: the same rows in the same order, the same bytes."""

import gzip
import sqlite3

import pytest

from migrations.tool.backup import build, file, make, restore, virtual
from migrations.tool.schema import damage, references, structure
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests import servers
from tests.migrations.tool.backup import searches
from tests.migrations.tool.backup.searches import SORTS

pytestmark = pytest.mark.only("file", "server")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    servers.needed()
    with servers.Sqld(tmp_path_factory.mktemp("sqld")) as running:
        yield running


@pytest.fixture
def database(mode, tmp_path, request):
    """A database with little in it, since it is proven and restored again and again."""
    if mode == "file":
        settings = Settings(f"file:{tmp_path}/few.db")
    else:
        server = request.getfixturevalue("server")
        settings = Settings(server.url, server.token)
    few = LibsqlDatabase(settings)
    with references.foreign_keys_off(few), few.atomic():
        restore.drop_everything(few)
    few.execute_sql("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)")
    few.execute_sql("INSERT INTO users VALUES (1, 'Alice'), (2, 'Bob')")
    yield few
    few.close()


@pytest.fixture(params=SORTS, ids=lambda name: name.replace(" ", "_"))
def sort(request, database):
    """One sort, made in the database."""
    for sql in SORTS[request.param].make:
        database.execute_sql(sql)
    return SORTS[request.param]


def everything(db, sort):
    return searches.answers(db, sort), searches.shadows(db), structure.texts(structure.objects(db))


def test_it_comes_back_as_it_was_and_goes_on(database, sort, path):
    """The triggers are there again, and the index takes new rows."""
    before = everything(database, sort)
    assert all(before[0])
    make.proven(database, path, "here")
    database.execute_sql(sort.change)
    changed = searches.answers(database, sort)
    assert everything(database, sort) != before
    restore.restore(database, path)
    assert everything(database, sort) == before
    assert damage.in_pages(database) == []
    other = LibsqlDatabase(database.settings)
    assert everything(other, sort) == before
    other.execute_sql(sort.change)
    assert searches.answers(other, sort) == searches.answers(database, sort) == changed
    other.close()


def test_it_is_proven_and_restored_into_an_empty_database(database, sort, path, tmp_path):
    before = everything(database, sort)
    made = make.proven(database, path, "here")
    assert made.manifest.shadows.keys() <= before[1].keys()
    assert make.prove(path) == made.manifest
    empty = LibsqlDatabase(f"file:{tmp_path}/empty.db")
    restore.restore(empty, path)
    assert everything(empty, sort) == before
    empty.close()


def test_a_restore_of_a_backup_without_it_takes_it_away(database, path):
    make.proven(database, path, "here")
    before = structure.texts(structure.objects(database))
    for sort in SORTS.values():
        for sql in sort.make:
            database.execute_sql(sql)
    restore.restore(database, path)
    assert structure.texts(structure.objects(database)) == before
    assert searches.shadows(database) == {}


@pytest.mark.only("file")
def test_any_shell_reads_all_but_the_index_of_vectors(database, sort, path):
    before = searches.answers(database, sort)
    make.write(database, path, "here")
    stock = sqlite3.connect(":memory:")
    text = gzip.decompress(path.read_bytes()).decode()
    if sort is SORTS["an index of vectors"]:
        with pytest.raises(sqlite3.OperationalError, match="function: libsql_vector_idx"):
            stock.executescript(text)
        assert not stock.in_transaction
        assert stock.execute("SELECT count(*) FROM vectors").fetchone() == (18,)
    elif "contentless_delete" in sort.make[0] and sqlite3.sqlite_version_info < (3, 43):
        with pytest.raises(sqlite3.OperationalError, match='unrecognized option: "contentless_delete"'):
            stock.executescript(text)
        stock.rollback()
    else:
        stock.executescript(text)
        stock.execute(sort.check)
        assert [stock.execute(question).fetchall() for question in sort.ask] == before
    assert stock.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    stock.close()


@pytest.mark.parametrize("sort", ["own content", "rtree", "an index of vectors"], indirect=True)
def test_the_proof_compares_the_content(database, sort, path, tmp_path):
    """A file that says otherwise is refused: here as if one shadow table had other bytes."""
    made = make.write(database, path, "here")
    name = next(iter(made.manifest.shadows))
    made.manifest.shadows[name] = made.manifest.tables["users"]
    forged = tmp_path / "forged.sql.gz"
    with file.writing(forged) as out:
        for sql in file.statements(path):
            out.statement(sql)
        out.end(made.manifest)
    with pytest.raises(file.Corrupt, match=f"does not give back the database: {name} has"):
        make.prove(forged)


def test_an_index_that_was_broken_before_is_given_back_as_broken(database, path):
    """Somebody has written into a shadow table. That must not keep an operator from making a backup."""
    database.execute_sql("CREATE VIRTUAL TABLE words USING fts5 (text)")
    database.execute_sql("INSERT INTO words VALUES ('alpha beta')")
    database.execute_sql("DELETE FROM words_docsize")
    broken = damage.in_pages(database)
    assert broken == ["malformed inverted index for FTS5 table main.words"]
    make.proven(database, path, "here")
    restore.restore(database, path)
    assert damage.in_pages(database) == broken


def test_a_row_id_that_no_column_shows_is_kept(database, path, tmp_path):
    """Other tables and indexes may refer to it."""
    for sql in ("CREATE TABLE loose (a)", "INSERT INTO loose VALUES (1), (2), (3)", "DELETE FROM loose WHERE a < 3"):
        database.execute_sql(sql)
    make.proven(database, path, "here")
    again = build.fresh(tmp_path / "again.db")
    build.fill(again, path, file.read_manifest(path))
    assert again.execute_sql("SELECT rowid, a FROM loose").fetchall() == [(3, 3)]
    again.close()


MISSING = {
    "fts5": ("CREATE VIRTUAL TABLE harmed USING fts5 (text)", "DROP TABLE harmed_config"),
    "fts5 without settings": ("CREATE VIRTUAL TABLE harmed USING fts5 (text)", "DELETE FROM harmed_config"),
    "rtree": ("CREATE VIRTUAL TABLE harmed USING rtree (id, a, b)", "DROP TABLE harmed_node"),
    "rtree without rows": ("CREATE VIRTUAL TABLE harmed USING rtree (id, a, b)", "DROP TABLE harmed_rowid"),
    "rtree without parents": ("CREATE VIRTUAL TABLE harmed USING rtree (id, a, b)", "DROP TABLE harmed_parent"),
}


@pytest.mark.parametrize("harm", MISSING)
def test_one_whose_shadow_tables_somebody_dropped_is_named_and_restored_over(database, harm, path):
    make.proven(database, path, "here")
    before = structure.texts(structure.objects(database))
    for sql in MISSING[harm]:
        database.execute_sql(sql)
    fresh = LibsqlDatabase(database.settings)  # the connection that dropped them still has the table open
    with pytest.raises(virtual.Unsupported, match="virtual table harmed cannot be backed up"):
        make.proven(fresh, path.with_name("two.sql.gz"), "here")
    restore.restore(fresh, path)
    assert structure.texts(structure.objects(fresh)) == before
    assert searches.shadows(fresh) == {}
    fresh.close()
