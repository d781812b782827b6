"""A test has the objectives in proportion to their weights, and tells where the bank has too few."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study_service.attempts import blueprint
from study_service.attempts.blueprint import DIFFICULTIES, apportion, draw

ALIKE = dict.fromkeys(DIFFICULTIES, 1.0)


def stock(**counts: Any) -> dict[tuple[int, int], list[int]]:
    """`o1=[0, 2, 0, 0, 1]`: so many questions of objective 1 by difficulty; their ids tell both."""
    return {
        (int(name[1:]), level): [int(name[1:]) * 1000 + level * 100 + n for n in range(count)]
        for name, numbers in counts.items()
        for level, count in zip(DIFFICULTIES, numbers, strict=True)
    }


@pytest.mark.parametrize(
    ("places", "weights", "given_places"),
    [
        (65, [0.24, 0.2, 0.16, 0.22, 0.18], [16, 13, 10, 14, 12]),  # 15.6 13 10.4 14.3 11.7
        (10, [1 / 3, 1 / 3, 1 / 3], [4, 3, 3]),
        (7, [0.25, 0.25, 0.25, 0.25], [2, 2, 2, 1]),
        (3, [0.1, 0.1, 0.8], [0, 0, 3]),  # 0.3 0.3 2.4
        (16, [0.6, 0.4], [10, 6]),  # 9.6 6.4
        (5, [0, 0], [3, 2]),
        (5, [0, 1], [0, 5]),
        (0, [1, 1], [0, 0]),
        (4, [], []),
    ],
)
def test_the_largest_remainders_get_the_places_that_are_left(
    places: int, weights: list[float], given_places: list[int]
) -> None:
    assert apportion(places, weights) == given_places


@given(st.integers(0, 500), st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_places_add_up_and_nobody_is_a_whole_place_off(places: int, weights: list[float]) -> None:
    given_places = apportion(places, weights)
    assert sum(given_places) == places
    total = sum(weights)
    if total > 0.01:
        for got, weight in zip(given_places, weights, strict=True):
            assert abs(got - places * weight / total) < 1 + places * 1e-4


def test_a_full_bank_gives_objectives_and_difficulties_as_the_blueprint_says() -> None:
    drawn = draw(20, {1: 0.6, 2: 0.4}, blueprint.mix_around(3), stock(o1=[9] * 5, o2=[9] * 5))
    assert drawn.shortfalls == []
    assert [sum(q // 1000 == objective for q in drawn.questions) for objective in (1, 2)] == [12, 8]
    assert [sum(q // 100 % 10 == level for q in drawn.questions) for level in DIFFICULTIES] == [2, 4, 8, 4, 2]


def test_small_objectives_do_not_round_the_rare_difficulties_away() -> None:
    weights = dict.fromkeys(range(1, 11), 0.1)
    drawn = draw(20, weights, blueprint.mix_around(3), stock(**{f"o{n}": [9] * 5 for n in weights}))
    assert [sum(q // 100 % 10 == level for q in drawn.questions) for level in DIFFICULTIES] == [2, 4, 8, 4, 2]


def test_the_places_of_a_poor_objective_go_to_the_others_and_are_told() -> None:
    drawn = draw(10, {1: 0.5, 2: 0.5}, ALIKE, stock(o1=[1, 0, 0, 0, 0], o2=[9] * 5))
    assert len(drawn.questions) == 10
    assert {"objective_id": 1, "difficulty": None, "wanted": 5, "drawn": 1} in drawn.shortfalls
    assert [lack for lack in drawn.shortfalls if lack["objective_id"] == 2] == []


def test_a_missing_difficulty_is_filled_from_the_nearest_and_told() -> None:
    drawn = draw(5, {1: 1}, ALIKE, stock(o1=[5, 5, 5, 5, 0]))
    assert [sum(q // 100 % 10 == level for q in drawn.questions) for level in DIFFICULTIES] == [1, 1, 1, 2, 0]
    assert drawn.shortfalls == [{"objective_id": None, "difficulty": 5, "wanted": 1, "drawn": 0}]


def test_a_bank_that_is_too_small_gives_all_it_has() -> None:
    drawn = draw(9, {1: 0.5, 2: 0.5}, {3: 1}, stock(o1=[0, 0, 2, 0, 0], o2=[0, 0, 3, 0, 0]))
    assert sorted(drawn.questions) == [1300, 1301, 2300, 2301, 2302]
    assert drawn.shortfalls == [
        {"objective_id": None, "difficulty": None, "wanted": 9, "drawn": 5},
        {"objective_id": 1, "difficulty": None, "wanted": 5, "drawn": 2},
        {"objective_id": 2, "difficulty": None, "wanted": 4, "drawn": 3},
    ]


_COUNTS = st.lists(st.integers(0, 6), min_size=5, max_size=5)


@given(
    st.integers(0, 40),
    st.dictionaries(st.integers(1, 6), st.tuples(st.floats(0, 1), _COUNTS), max_size=6),
    st.lists(st.floats(0, 1), min_size=5, max_size=5),
)
def test_any_blueprint_and_any_bank(places: int, bank: dict[int, Any], mix: list[float]) -> None:
    held = stock(**{f"o{objective}": counts for objective, (_, counts) in bank.items()})
    weights = {objective: weight for objective, (weight, _) in bank.items()}
    drawn = draw(places, weights, dict(zip(DIFFICULTIES, mix, strict=True)), held)
    there = [question for ids in held.values() for question in ids]
    assert len(drawn.questions) == len(set(drawn.questions)) == min(places, len(there))
    rest = [question for ids in drawn.spare.values() for question in ids]
    assert sorted(drawn.questions + rest) == sorted(there)
