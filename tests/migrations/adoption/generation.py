"""A database of another generation, built from its description: ids are texts, options are a JSON list of texts, and
the key is the place of the right option, counted from 0. drizzle's migrations 0000 to 0002 made it.
"""

import os
import shutil
import sys

from shared_schema.database import LibsqlDatabase

_MADE = """
    CREATE TABLE __drizzle_migrations (id INTEGER PRIMARY KEY, hash TEXT NOT NULL, created_at NUMERIC);
    CREATE TABLE users (id TEXT PRIMARY KEY NOT NULL, email TEXT NOT NULL, name TEXT);
    CREATE TABLE exams (id TEXT PRIMARY KEY NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL, vendor TEXT);
    CREATE TABLE objectives (id TEXT PRIMARY KEY NOT NULL, exam_id TEXT NOT NULL REFERENCES exams (id),
                             name TEXT NOT NULL, weight INTEGER);
    CREATE TABLE questions (id TEXT PRIMARY KEY NOT NULL, exam_id TEXT NOT NULL REFERENCES exams (id),
                            objective_id TEXT REFERENCES objectives (id), text TEXT NOT NULL, options TEXT NOT NULL,
                            correct_answer INTEGER NOT NULL, explanation TEXT, difficulty INTEGER);
    CREATE TABLE user_answers (id TEXT PRIMARY KEY NOT NULL, user_id TEXT NOT NULL, question_id TEXT NOT NULL,
                               answer TEXT NOT NULL);
"""
_ROWS = """
    INSERT INTO __drizzle_migrations VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3);
    INSERT INTO users VALUES ('3f2c9a', 'alice@example.com', 'Alice');
    INSERT INTO exams VALUES ('e-net', 'N10-009', 'Network+', 'CompTIA'), ('e-sec', 'SY0-701', 'Security+', NULL),
                             ('e-new', 'XX', 'No questions yet', NULL);
    INSERT INTO objectives VALUES ('o-1', 'e-net', 'Routing', 60), ('o-2', 'e-net', 'Cabling', 40);
    INSERT INTO questions VALUES
        ('q-1', 'e-net', 'o-1', 'Which one routes packets?', '["A switch","A hub","A router","A cable"]', 2, 'IP.', 4),
        ('q-2', 'e-net', 'o-2', 'Which connector is for fibre?', '["LC","RJ-45"]', 0, NULL, NULL),
        ('q-3', 'e-net', NULL, 'Which are private?', '["10.0.0.1","8.8.8.8","192.168.0.1"]', '[0,2]', NULL, 2),
        ('q-4', 'e-sec', NULL, 'It''s "secret" – which is symmetric?', '["RSA","AES","ECC"]', 1, NULL, 1);
    INSERT INTO user_answers VALUES ('a-1', '3f2c9a', 'q-1', '2');
"""


_STAND_IN = """#!{python}
import sqlite3, sys
for row in sqlite3.connect(f"file:{{sys.argv[-1]}}?mode=ro", uri=True).execute(sys.stdin.read()):
    print(*row, sep="|")
"""


def path_with_sqlite3(folder):
    """A PATH on which there is the program `sqlite3`: where this machine has none, Python's own engine stands in."""
    if shutil.which("sqlite3"):
        return os.environ["PATH"]
    program = folder / "sqlite3"
    program.write_text(_STAND_IN.format(python=sys.executable))
    program.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def create(db: LibsqlDatabase) -> None:
    for sql in (_MADE + _ROWS).split(";\n"):
        if sql.strip():
            db.execute_sql(sql)


def create_file(path):
    """The same as a file that any SQLite program reads."""
    database = LibsqlDatabase(f"file:{path}")
    create(database)
    database.execute_sql("PRAGMA journal_mode = delete")
    database.close()
