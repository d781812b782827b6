"""Virtual tables and indexes of vectors of every sort, each with questions whose answers a restore must not change."""

from dataclasses import dataclass

from migrations.tool.backup import dump

_TEXTS = "('alpha beta gamma'), ('running runners run in the alpha'), ('Äpfel und beta'), ('beta beta beta')"
_RANKED = "SELECT rowid, rank FROM {0} WHERE {0} MATCH 'beta OR run OR alph*' ORDER BY rank, rowid"


@dataclass(frozen=True)
class Sort:
    """How to make it, what to ask it, a change of it, and FTS5's own check where it is one."""

    make: tuple[str, ...]
    ask: tuple[str, ...]
    change: str
    check: str = "SELECT 1"


def _fts5(name, options, *more, change):
    check = f"INSERT INTO {name} ({name}) VALUES ('integrity-check')"
    make = (f"CREATE VIRTUAL TABLE {name} USING fts5 (text{options})", *more)
    return Sort(make, (_RANKED.format(name), f"SELECT * FROM {name}_config ORDER BY k"), change, check)


SORTS = {
    "own content": _fts5(
        "own",
        "",
        f"INSERT INTO own (text) VALUES {_TEXTS}",
        "DELETE FROM own WHERE rowid = 1",
        change="INSERT INTO own (text) VALUES ('alpha')",
    ),
    "another table's content": _fts5(
        "of_notes",
        ", content='notes', content_rowid='id'",
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)",
        "CREATE TRIGGER notes_in AFTER INSERT ON notes BEGIN"
        " INSERT INTO of_notes (rowid, text) VALUES (new.id, new.text); END",
        "CREATE TRIGGER notes_out AFTER DELETE ON notes BEGIN"
        " INSERT INTO of_notes (of_notes, rowid, text) VALUES ('delete', old.id, old.text); END",
        "CREATE TRIGGER notes_changed AFTER UPDATE ON notes BEGIN"
        " INSERT INTO of_notes (of_notes, rowid, text) VALUES ('delete', old.id, old.text);"
        " INSERT INTO of_notes (rowid, text) VALUES (new.id, new.text); END",
        f"INSERT INTO notes (text) VALUES {_TEXTS}",
        "DELETE FROM notes WHERE id = 2",
        "UPDATE notes SET text = 'alphabet' WHERE id = 3",
        change="INSERT INTO notes (text) VALUES ('alpha')",
    ),
    "content by a row id that is no column": _fts5(
        "of_loose",
        ", content='loose'",
        "CREATE TABLE loose (text TEXT)",
        f"INSERT INTO loose (text) VALUES {_TEXTS}",
        "DELETE FROM loose WHERE rowid = 1",
        "INSERT INTO of_loose (of_loose) VALUES ('rebuild')",
        change="INSERT INTO of_loose (rowid, text) VALUES (9, 'alpha')",
    ),
    "content in a table that the engine takes for a shadow": _fts5(
        "page",
        ", content='page_content', content_rowid='id'",
        "CREATE TABLE page_content (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT)",
        "CREATE INDEX page_text ON page_content (text)",
        "CREATE TRIGGER page_in AFTER INSERT ON page_content BEGIN"
        " INSERT INTO page (rowid, text) VALUES (new.id, new.text); END",
        f"INSERT INTO page_content (text) VALUES {_TEXTS}",
        change="INSERT INTO page_content (text) VALUES ('alpha')",
    ),
    "an index that is behind its content": _fts5(
        "behind",
        ", content='ahead', content_rowid='id'",
        "CREATE TABLE ahead (id INTEGER PRIMARY KEY, text TEXT)",
        f"INSERT INTO ahead (text) VALUES {_TEXTS}",
        "INSERT INTO behind (behind) VALUES ('rebuild')",
        "UPDATE ahead SET text = 'something else'",
        change="INSERT INTO behind (behind) VALUES ('rebuild')",
    ),
    "no content": _fts5(
        "none",
        ", content=''",
        f"INSERT INTO none (text) VALUES {_TEXTS}",
        change="INSERT INTO none (rowid, text) VALUES (9, 'alpha')",
    ),
    "no content, with deletes": _fts5(
        "gone",
        ", content='', contentless_delete=1",
        f"INSERT INTO gone (text) VALUES {_TEXTS}",
        "DELETE FROM gone WHERE rowid = 1",
        change="DELETE FROM gone",
    ),
    "options and settings": _fts5(
        "set_up",
        ", note UNINDEXED, prefix='2 3', tokenize='porter unicode61 remove_diacritics 2', detail=column, columnsize=0",
        f"INSERT INTO set_up (text) VALUES {_TEXTS}",
        "INSERT INTO set_up (set_up, rank) VALUES ('pgsz', 64)",
        "INSERT INTO set_up (set_up, rank) VALUES ('automerge', 8)",
        "INSERT INTO set_up (set_up, rank) VALUES ('rank', 'bm25(3.0, 0.5)')",
        "INSERT INTO set_up (set_up, rank) VALUES ('secure-delete', 1)",
        f"INSERT INTO set_up (text) VALUES {_TEXTS}",
        change="INSERT INTO set_up (set_up, rank) VALUES ('pgsz', 512)",
    ),
    "trigrams and their vocabulary": _fts5(
        "tri",
        ", tokenize='trigram'",
        f"INSERT INTO tri (text) VALUES {_TEXTS}",
        "CREATE VIRTUAL TABLE words USING fts5vocab (tri, 'row')",
        "CREATE VIEW often AS SELECT term FROM words WHERE cnt > 2",
        "CREATE VIEW rarely AS SELECT term FROM words WHERE term NOT IN often",
        change="DELETE FROM tri",
    ),
    "fts4": Sort(
        ("CREATE VIRTUAL TABLE old USING fts4 (text)", f"INSERT INTO old (text) VALUES {_TEXTS}"),
        ("SELECT docid, hex(matchinfo(old, 'pcnalx')) FROM old WHERE old MATCH 'beta OR alph*'",),
        "DELETE FROM old",
        "INSERT INTO old (old) VALUES ('integrity-check')",
    ),
    "rtree": Sort(
        (
            "CREATE VIRTUAL TABLE area USING rtree (id, x0, x1, y0, y1, +name TEXT)",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)"
            " INSERT INTO area SELECT i, i * 7 % 100, i * 7 % 100 + 1.5, i * 3 % 50, i * 3 % 50 + 2, 'n' || i FROM n",
            "DELETE FROM area WHERE id % 5 = 0",
        ),
        ("SELECT id, x0, name FROM area WHERE x0 > 20 AND x1 < 60 AND y0 < 30",),
        "DELETE FROM area WHERE id > 7",
        "SELECT iif(rtreecheck('area') = 'ok', 1, abs(-9223372036854775808))",
    ),
    "an index of vectors": Sort(
        (
            "CREATE TABLE vectors (name TEXT, at F32_BLOB(4))",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 24) INSERT INTO vectors"
            " SELECT 'v' || i, vector32(printf('[%d,0,0,1]', i)) FROM n",
            "DELETE FROM vectors WHERE rowid % 4 = 0",
            # Behind the deletion, which would leave holes in the graph: a search begins anywhere in it.
            "CREATE INDEX vectors_at ON vectors (libsql_vector_idx(at, 'metric=l2', 'max_neighbors=40'))",
        ),
        ("SELECT id FROM vector_top_k('vectors_at', vector32('[9.3,0,0,1]'), 5)",),
        "INSERT INTO vectors VALUES ('new', vector32('[3,4,5,1]'))",
    ),
}


def answers(db, sort):
    """The answers to a sort's questions, and that it finds nothing wrong with itself."""
    db.execute_sql(sort.check)
    return [db.execute_sql(question).fetchall() for question in sort.ask]


def shadows(db):
    """What is in every shadow table, byte for byte. libSQL keeps its own list of vector indexes for ever."""
    listed = (
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'libsql%'"
        " AND (type = 'shadow' OR name LIKE '%_shadow')"
    )
    names = [name for (name,) in db.execute_sql(f"{listed} ORDER BY name").fetchall()]
    return {name: dump.of(db, name) for name in names}
