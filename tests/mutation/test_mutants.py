"""The mutants of a module: its text with one mistake each."""

from tests.mutation import mutants

MODULE = '''"""Prices: UPDATE nothing here."""

from typing import Any

Row = dict[str, Any]
_PRICE = "SELECT price FROM prices WHERE item = ?"


def price(item: str, several: bool | None = None) -> int:
    """SELECT is but a word here."""
    if several:
        check([clean(item)], "Cheap")
    return db.batch([Statement(_PRICE, (item,)), require_changes(1)])[0] + 1


Other = dict[str, int]
'''


def made(kind: str) -> dict[str, list[str]]:
    """By kind of mistake, the changed line of each mutant."""
    lines: dict[str, list[str]] = {}
    for mutant in mutants.of(MODULE, [kind]):
        lines.setdefault(mutant.name, []).append(mutant.code.splitlines()[mutant.line - 1].strip())
    return lines


def test_a_statement_is_dropped_and_a_condition_turned_round() -> None:
    assert made("python")["statement dropped"] == ["pass"]
    assert made("python")["condition turned round"] == ["if not (several):"]


def test_a_batch_loses_each_of_its_steps() -> None:
    assert made("python")["element dropped"] == [
        "return db.batch([Statement(_PRICE, (item,)), ])[0] + 1",
        "return db.batch([require_changes(1)])[0] + 1",
    ]


def test_the_operators_of_mutmut_are_used() -> None:
    assert made("python")["swap op"] == [
        "return db.batch([Statement(_PRICE, (item,)), require_changes(1)])[0] - 1",
    ]


def test_sql_is_changed_by_the_rules_of_sql_alone() -> None:
    assert made("sql") == {"a condition less": ['_PRICE = "SELECT price FROM prices WHERE (1 OR item = ?)"']}


def test_a_text_is_changed_once_and_not_a_text_of_sql() -> None:
    assert made("python")["string"] == ['check([clean(item)], "XXCheapXX")']


def test_types_and_docstrings_stay() -> None:
    kept = [1, 3, 5, 9, 10, 16]
    for mutant in mutants.of(MODULE):
        lines = mutant.code.splitlines()
        assert [lines[number - 1] for number in kept] == [MODULE.splitlines()[number - 1] for number in kept]


def test_none_is_there_twice_and_each_compiles() -> None:
    codes = [mutant.code for mutant in mutants.of(MODULE)]
    assert len(codes) == len(set(codes))
    assert MODULE not in codes
    for code in codes:
        compile(code, "module.py", "exec")


def test_a_sample_is_the_same_each_time_and_in_order() -> None:
    every = mutants.of(MODULE)
    sampled = mutants.sample(every, 5)
    assert sampled == mutants.sample(every, 5)
    assert [every.index(mutant) for mutant in sampled] == sorted(every.index(mutant) for mutant in sampled)
    assert len(sampled) == 5
    assert mutants.sample(every, None) == every
