"""The command, on a small project of its own: what its tests see is killed, what they do not see is shown."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation import fork

ROOT = Path(__file__).parents[2]
MODULE = '''"""A shop."""

_CHEAP = "SELECT name FROM items WHERE price < 10 AND sold = 0"


def twice(number: int) -> int:
    return number * 2


def is_adult(age: int) -> bool:
    return age >= 18


_LIMITS = {"most": 5}
MOST = _LIMITS["most"]


def cheap(connection) -> list[str]:
    return [name for (name,) in connection.execute(_CHEAP)]


def catalog() -> dict[str, int]:
    return {"pen": 2}
'''
TESTS = """
import sqlite3

import pytest

from shop import prices


def test_a_number_is_doubled() -> None:
    assert prices.twice(3) == 6


def test_only_the_old_are_adults() -> None:
    assert prices.is_adult(40)
    assert not prices.is_adult(4)


def test_cheap_things_are_listed() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE items (name, price, sold)")
    connection.execute("INSERT INTO items VALUES ('pen', 2, 0), ('car', 20000, 0)")
    assert prices.cheap(connection) == ["pen"]


@pytest.fixture(scope="session")
def catalog():
    return prices.catalog()


def test_there_is_a_catalog(catalog):
    assert catalog


def test_a_pen_costs_two(catalog):
    assert catalog["pen"] == 2
"""
SETTINGS = """
def pytest_addoption(parser):
    parser.addoption("--modes")
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project of one module, whose tests forget the age of 18 and things that are sold."""
    files = {
        "__init__.py": "",
        "prices.py": MODULE,
        "../tests/shop/test_prices.py": TESTS,
        "../tests/conftest.py": SETTINGS,
    }
    for name, text in files.items():
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def mutate(project: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tests.mutation", "shop/prices.py", *arguments]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, check=False)


def test_survivors_are_shown_and_the_rest_is_killed(shop: Path) -> None:
    done = mutate(shop)
    assert done.returncode == 0, done.stderr
    *survivors, summary = done.stdout.splitlines()
    assert [line for line in survivors if line.startswith("+")] == [
        '+_CHEAP = "SELECT name FROM items WHERE price < 10 AND (1 OR sold = 0)"',
        '+_CHEAP = "SELECT name FROM items WHERE price < 11 AND sold = 0"',
        '+_CHEAP = "SELECT name FROM items WHERE price <= 10 AND sold = 0"',
        "+    return age >= 19",
        "+    return age > 18",
        '+_LIMITS = {"most": 6}',
    ]
    assert "killed: line 7, swap op tests/shop/test_prices.py::test_a_number_is_doubled" in done.stderr
    assert "not importable: line 15, string" in done.stderr
    assert summary.startswith("shop/prices.py: all 11 of 17 killed (64 %), python 9 of 12 killed (75 %), sql 2 of 5")
    assert (shop / "shop/prices.py").read_text() == MODULE


def test_tests_that_fail_without_a_mutant_are_told(shop: Path) -> None:
    with (shop / "tests/shop/test_prices.py").open("a") as tests:
        tests.write("\n\ndef test_wrong():\n    assert prices.twice(2) == 5\n")
    done = mutate(shop, "--kind", "sql", "--sample", "2")
    assert done.returncode == 1
    assert done.stderr.startswith("shop/prices.py: 2 mutants\nThe tests fail without any mutant:")
    assert "test_wrong" in done.stderr


def test_a_run_that_takes_too_long_is_ended_with_all_that_it_started() -> None:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        subprocess.run(["sleep", "60"], pass_fds=[write], check=False)
        os._exit(0)
    os.close(write)
    assert fork._wait(child, 0.5) == "timeout"
    assert os.read(read, 1) == b""  # nobody has the other end any longer
    os.close(read)
    with pytest.raises(ChildProcessError):
        os.waitpid(child, 0)
