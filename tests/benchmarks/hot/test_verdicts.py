"""What the benchmark says of figures: what has got worse, which targets are missed, how a cost grows."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.benchmarks.hot import __main__ as bench
from tests.benchmarks.hot import baseline, chart, figures, runner, table, targets
from tests.benchmarks.hot.figures import Row

QUESTIONS = "questions, new learner"
GOOD = Row("S", "file", QUESTIONS, "study", 3, 30, 0, 0.3, 0.15, 1.0, 2.0, 600, 250, 2.4, None, 1500)


def test_a_figure_that_is_a_quarter_higher_is_not_worse_yet() -> None:
    assert baseline.worse([replace(GOOD, cpu_ratio=3.0, rows_read=37)], [GOOD]) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"statements": 4}, "statements 3 -> 4"),
        ({"rows_read": 38}, "rows_read 30 -> 38"),
        ({"round_trips": 1}, "round_trips 0 -> 1"),
        ({"cpu_ratio": 3.1}, "cpu_ratio 2.4 -> 3.1"),
        ({"db_ms": 0.39}, "db_ratio 2 -> 2.6"),
    ],
)
def test_each_figure_that_is_more_than_a_quarter_higher_is_told(change: dict[str, float], sentence: str) -> None:
    assert baseline.worse([replace(GOOD, **change)], [GOOD]) == [f"{QUESTIONS}, S, file: {sentence}"]


def test_times_of_another_machine_are_not_compared() -> None:
    slower = replace(GOOD, p50_ms=5, p95_ms=9, cpu_us=1800, bare_us=750, db_ms=0.9, bare_db_ms=0.45, per_second=500)
    assert baseline.worse([slower], [GOOD]) == []


def test_only_the_same_operation_at_the_same_size_and_mode_is_compared() -> None:
    others = [replace(GOOD, size="L", statements=9), replace(GOOD, mode="server", statements=9)]
    assert baseline.worse([*others, replace(GOOD, operation="answer", statements=9)], [GOOD]) == []


@pytest.mark.parametrize(("statements", "code", "last"), [(3, 0, "nothing"), (4, 1, "statements 3 -> 4")])
def test_the_exit_code_tells_whether_anything_has_got_worse(
    statements: int,
    code: int,
    last: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    figures.write([GOOD], before := tmp_path / "before.json")
    monkeypatch.setattr(runner, "run", lambda _: iter([replace(GOOD, statements=statements)]))
    files = ["--json", str(tmp_path / "result.json"), "--svg", str(tmp_path / "result.svg")]
    with pytest.raises(SystemExit) as ended:
        bench.main([*files, "--baseline", str(before)])
    assert ended.value.code == code
    assert capsys.readouterr().out.splitlines()[-1].endswith(last)


def test_what_cannot_be_measured_is_told_and_the_rest_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = figures.Failed("S", "file", "claim of 10", "POST /claim answered 503: busy")
    monkeypatch.setattr(runner, "run", lambda _: iter([failed, GOOD]))
    with pytest.raises(SystemExit) as ended:
        bench.main(["--json", str(tmp_path / "result.json"), "--svg", str(tmp_path / "result.svg")])
    assert ended.value.code == 1
    assert "| S | file | claim of 10 | POST /claim answered 503: busy |" in capsys.readouterr().out
    assert figures.read(tmp_path / "result.json") == [GOOD]


@pytest.mark.parametrize("arguments", [["--sizes", "S,XL"], ["--modes", "cloud"], ["--requests", "0"]])
def test_a_size_a_mode_or_a_number_that_is_none_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main(arguments)
    assert ended.value.code == 2
    assert arguments[0] in capsys.readouterr().err


def test_a_file_has_what_was_written(tmp_path: Path) -> None:
    rows = [GOOD, replace(GOOD, mode="server", bare_db_ms=None)]
    figures.write(rows, tmp_path / "made" / "result.json")
    assert figures.read(tmp_path / "made" / "result.json") == rows


def test_good_figures_miss_no_target() -> None:
    served = replace(GOOD, mode="server", rows_read=90, round_trips=1, bare_db_ms=None)
    large = replace(GOOD, size="L", cpu_ratio=2.9, db_ms=0.38)
    assert targets.missed([GOOD, served, large, replace(served, mode="replica", round_trips=0)]) == []


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (replace(GOOD, cpu_ratio=3.1), "3.1 times the CPU of a bare view, at most 3.0"),
        (replace(GOOD, size="L", db_ms=0.46), "3.1 times the time of the same statements in sqlite3, at most 3.0"),
        (replace(GOOD, mode="replica", round_trips=1), "1.0 round trips, where the replica should answer"),
        (replace(GOOD, mode="server", operation="answer", round_trips=3), "3.0 round trips, at most 2.2"),
    ],
)
def test_a_missed_target_is_told(row: Row, sentence: str) -> None:
    assert targets.missed([row]) == [f"{row.operation}, {row.size}, {row.mode}: {sentence}"]


def test_a_server_may_read_fifty_rows_or_three_times_those_returned() -> None:
    many = replace(GOOD, mode="server", rows_read=91, round_trips=1)
    assert targets.missed([GOOD, many]) == [f"{QUESTIONS}, S, server: 91 rows read, at most 90"]
    few = replace(GOOD, rows_read=1)
    assert targets.missed([few, replace(many, rows_read=50)]) == []
    assert targets.missed([few, replace(many, rows_read=51)]) == [f"{QUESTIONS}, S, server: 51 rows read, at most 50"]


def test_a_cost_may_grow_by_three_tenths_from_small_to_large() -> None:
    large = replace(GOOD, size="L", cpu_ratio=2.4 * 1.35, db_ms=0.3 * 1.2)
    assert f"{QUESTIONS}, L, file: 1.35 times the CPU at S, at most 1.3" in targets.missed([GOOD, large])
    assert table.growth([GOOD, large])[-1] == f"| {QUESTIONS} | 1.35 | 1.20 |"


def test_growth_is_left_out_where_one_of_both_sizes_could_not_be_measured() -> None:
    large = replace(GOOD, size="L", cpu_ratio=4.8, db_ms=0.6)
    lines = table.growth([GOOD, replace(GOOD, mode="server"), replace(GOOD, operation="answer"), large])
    assert lines[0] == "| L ÷ S | file: CPU | file: database |"
    assert lines[2:] == [f"| {QUESTIONS} | 2.00 | 2.00 |", "| answer |  |  |"]


def test_growth_is_not_told_of_one_size() -> None:
    assert table.growth([GOOD]) == []


def test_a_line_goes_from_size_to_size_in_each_mode() -> None:
    served = replace(GOOD, mode="server", cpu_us=1200)
    picture = chart.svg([GOOD, served, replace(GOOD, size="L", cpu_us=900), replace(served, size="L", cpu_us=1100)])
    assert picture.count("<polyline") == 2
    assert picture.count("<circle") == 4
    assert ">900</text>" in picture
    assert ">1,100</text>" in picture
