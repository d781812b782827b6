"""Rows that leave a module have names: a reader of a signature knows the columns."""

from pathlib import Path

import pytest

from tests import signatures

MODULE = """
from typing import Any

Row = dict[str, Any]


def named(row: dict[str, int]) -> int: ...


def anything(row: Any) -> int: ...


def aliased() -> list[Row]: ...


class Thing:
    def method(self, *rows: int, **more: Any) -> None: ...
"""


@pytest.mark.parametrize("room", ["study_service", "growth_service"])
def test_at_most_one_signature_in_twenty_is_unnamed(room: str) -> None:
    counted = signatures.share(room)
    assert counted.functions > 80
    assert counted.percent <= 5, counted.unnamed


def test_any_is_seen_by_itself_in_an_alias_and_among_keyword_arguments(tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "module.py").write_text(MODULE)
    (tmp_path / "room" / "001_migration.py").write_text("def migrate(migrator: Any) -> None: ...")
    counted = signatures.share("room", tmp_path)
    assert counted.functions == 4
    assert counted.unnamed == ("room/module.py:anything", "room/module.py:aliased", "room/module.py:method")
    assert counted.percent == 75
