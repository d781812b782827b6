"""The bare driver and ours side by side on real files, and Python in another process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared_schema.database import LibsqlDatabase, local

ROOT = Path(__file__).parents[3]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "RUST_LOG": "off", "RUST_BACKTRACE": "0"}


@pytest.fixture
def url(tmp_path):
    return f"file:{tmp_path}/ours.db"


@pytest.fixture
def db(url):
    database = LibsqlDatabase(url)
    yield database
    database.close()


@pytest.fixture
def other(db):
    """A second writer on the same file."""
    database = LibsqlDatabase(db.url)
    yield database
    database.close()


@pytest.fixture
def ours(db):
    """`ours(sql, *parameters)`: the rows, through peewee and the shim."""
    return lambda sql, *parameters: db.execute_sql(sql, parameters).fetchall()


@pytest.fixture
def driver(tmp_path):
    """A connection of the driver itself, with nothing of ours around it."""
    return local.driver.connect(f"{tmp_path}/bare.db", isolation_level=None)


@pytest.fixture
def bare(driver):
    """`bare(sql, *parameters)`: the rows, through the driver alone."""

    def rows(sql, *parameters):
        cursor = driver.cursor()
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []

    return rows


@pytest.fixture
def python():
    """`python(code, *arguments)`: a process running it, with its output to be read as it comes."""
    started = []

    def start(code, *arguments):
        command = [sys.executable, "-c", code, *map(str, arguments)]
        process = subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def hold_lock(python, url):
    """`hold_lock(seconds)`: another process takes the write lock; returns as soon as it has it."""
    code = """
import sys, time
from shared_schema.database import LibsqlDatabase
with LibsqlDatabase(sys.argv[1]).atomic():
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""

    def hold(seconds):
        process = python(code, url, seconds)
        assert process.stdout.readline() == "held\n"
        return process

    return hold
