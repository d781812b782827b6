"""`make bench` at its smallest: every operation answers, and what is printed, kept and drawn are its figures."""

import io
import shutil
import xml.etree.ElementTree as ET
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from tests.benchmarks.hot import __main__ as bench
from tests.benchmarks.hot import figures, table
from tests.benchmarks.hot.figures import Row
from tests.benchmarks.hot.operations import OPERATIONS

SVG = "{http://www.w3.org/2000/svg}"
NAMES = [one.name for one in OPERATIONS]


class Ran:
    """A run of the benchmark: its exit code, what it printed, and its files."""

    def __init__(self, directory: Path) -> None:
        self.json, self.svg = directory / "result.json", directory / "result.svg"
        files = ["--json", str(self.json), "--svg", str(self.svg), "--kept", str(directory)]
        with redirect_stdout(io.StringIO()) as printed, pytest.raises(SystemExit) as ended:
            bench.main(["--sizes", "S", "--modes", "file", "--requests", "1", *files])
        self.code = ended.value.code
        self.printed = printed.getvalue()


@pytest.fixture(scope="module")
def ran(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    shutil.copy(made, kept := tmp_path_factory.mktemp("bench"))
    return Ran(kept)


@pytest.fixture(scope="module")
def rows(ran: Ran) -> dict[str, Row]:
    return {row.operation: row for row in figures.read(ran.json)}


def test_every_operation_is_measured_on_a_file(ran: Ran, rows: dict[str, Row]) -> None:
    assert ran.code == 0
    assert list(rows) == NAMES
    assert {row.place[:2] for row in rows.values()} == {("S", "file")}


def test_a_request_costs_more_than_a_view_that_answers_from_memory(rows: dict[str, Row]) -> None:
    for row in rows.values():
        assert 20 < row.bare_us < row.cpu_us < 1e6, row
        assert row.cpu_ratio > 1, row
        assert 0 < row.p50_ms <= row.p95_ms, row
        assert row.per_second > 0, row


def test_sqlite3_runs_the_same_statements(rows: dict[str, Row]) -> None:
    for row in rows.values():
        assert row.statements >= 1, row
        assert row.round_trips == 0, row
        assert row.db_ms > 0, row
        assert row.bare_db_ms, row
        assert row.db_ratio == row.db_ms / row.bare_db_ms, row


def test_the_table_has_a_line_for_each_operation(ran: Ran, rows: dict[str, Row]) -> None:
    lines = ran.printed.splitlines()
    assert table.line(table.HEAD) in lines
    for row in rows.values():
        assert table.line(table.cells(row)) in lines
    assert "Targets that are missed:" in lines


def test_the_picture_has_a_field_for_each_operation(ran: Ran, rows: dict[str, Row]) -> None:
    picture = ET.parse(ran.svg).getroot()
    assert picture.tag == f"{SVG}svg"
    texts = [text.text for text in picture.iter(f"{SVG}text")]
    assert [text for text in texts if text in NAMES] == NAMES
    assert f"{rows['answer'].cpu_us:,.0f}" in texts
    assert len(list(picture.iter(f"{SVG}circle"))) == len(NAMES)
