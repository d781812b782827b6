"""The tests of Peewee that are known to fail, from the README of the database package."""

import re

from tests.servers.sqld import ROOT

README = ROOT / "shared_schema" / "database" / "README.md"
_SECTION = re.compile(r"^## Peewee's own tests$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\|(?P<reason>[^|]+)\| (?P<modes>file, server|file|server) \|(?P<tests>[^|]+)\|$", re.MULTILINE)


def failures(mode: str) -> dict[str, str]:
    """By the name of the test, why it fails in this mode: `transactions.TestSession.test_session`."""
    section = _SECTION.search(README.read_text())
    assert section, "the README has no section of Peewee's own tests"
    return {
        test: row["reason"].strip()
        for row in _ROW.finditer(section[1])
        if mode in row["modes"].split(", ")
        for test in _names(row["tests"])
    }


def _names(cell: str) -> list[str]:
    """`module.Class: test_one, test_two; module.Other: test_three` as full names."""
    groups = [group.partition(":") for group in cell.replace("`", "").split(";")]
    return [f"{where.strip()}.{test.strip()}" for where, _, tests in groups for test in tests.split(",")]
