"""The runner of Peewee's tests, on a tree of two modules that stands for Peewee's repository."""

import subprocess
import sys

import pytest

from tests.peewee_suite import known, run
from tests.servers import ROOT, needed

BASE = """
from peewee import *

def new():
    return SqliteDatabase("peewee_test.db")
"""
MODULE = """
import unittest
from peewee import *
from .base import new

class TestRows(unittest.TestCase):
    def setUp(self):
        self.database = new()

    def tearDown(self):
        self.database.close()

    def test_rows(self):
        self.database.execute_sql("CREATE TABLE IF NOT EXISTS t (n)")
        self.assertEqual(self.database.execute_sql("SELECT n FROM t").fetchall(), [])

    def test_function(self):
        self.database.func("twice", 1)(lambda n: 2 * n)
        self.assertEqual(self.database.execute_sql("SELECT twice(2)").fetchone(), (4,))

    def test_wrong(self):
        self.fail("on any database")

    @unittest.skip("not here")
    def test_skipped(self):
        pass

class TestMemory(unittest.TestCase):
    def test_two_in_memory(self):
        one, other = SqliteDatabase(":memory:"), SqliteDatabase(":memory:")
        one.execute_sql("CREATE TABLE t (n)")
        self.assertEqual((one.get_tables(), other.get_tables()), (["t"], []))
        self.assertEqual(other.database, ":memory:")
"""


@pytest.fixture
def tree(tmp_path):
    package = tmp_path / "tree" / "tests"
    package.mkdir(parents=True)
    (package / "base.py").write_text(BASE)
    (package / "rows.py").write_text(MODULE)
    return package.parent


@pytest.mark.only("file", "server")
def test_what_passes_on_sqlite3_is_held_against_our_class(tree, mode):
    if mode == "server":
        needed()
    assert run.modules(tree) == ["rows"]
    outcomes = run.module(tree, "rows", mode)
    refused = outcomes.pop("rows.TestRows.test_function")
    assert refused.startswith("peewee.NotSupportedError: libSQL cannot call Python")
    assert outcomes == {"rows.TestRows.test_rows": "", "rows.TestMemory.test_two_in_memory": ""}


def test_a_failure_that_is_not_known_is_an_error(tree):
    command = [sys.executable, "-m", "tests.peewee_suite", str(tree)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 1, ended.stderr
    lines = ended.stdout.splitlines()
    assert lines[1].split() == ["rows", "3", "2"]
    assert lines[-1] == "not in the list of known failures: rows.TestRows.test_function"


def test_a_tree_without_failures(tree):
    (tree / "tests" / "rows.py").write_text(MODULE.replace("def test_function", "def function"))
    command = [sys.executable, "-m", "tests.peewee_suite", str(tree)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout.splitlines()[-1].split()) == (0, ["all", "2", "2"])


def test_known_failures_have_a_reason():
    on_files, on_servers = known.failures("file"), known.failures("server")
    assert on_files["fields.TestDoubleSmallInt.test_coercion"] == "an infinity as a value, which is refused"
    assert "sqlite.TestUserDefinedCallbacks.test_custom_agg" in on_files.keys() & on_servers.keys()
    assert "schema.TestModelDDL.test_model_temporary_table" in on_servers.keys() - on_files.keys()
    assert all(name.count(".") == 2 and reason for name, reason in (on_files | on_servers).items())
