"""The formulas of item analysis, on values that were computed by hand and on a classical data set."""

from collections.abc import Sequence

import numpy as np
import pytest

from study_service.statistics import classical, matrix, reliability, two_parameter
from study_service.statistics.matrix import Matrix
from tests.study_service.statistics.conftest import LSAT, lsat

needs_lsat = pytest.mark.skipif(not LSAT.is_file(), reason="the real files are not beside the project")


def of(marks: Sequence[Sequence[int | None]], questions: Sequence[int] | None = None) -> Matrix:
    """A matrix with a row by learner; None where an item was not answered."""
    cells = [(n, k, mark) for n, row in enumerate(marks) for k, mark in enumerate(row) if mark is not None]
    return matrix.of(cells, questions or range(len(marks[0])))


def items(marks: Sequence[Sequence[int | None]], questions: Sequence[int] | None = None) -> list[classical.Item]:
    built = of(marks, questions)
    return classical.items(built, classical.rest(built))


def test_an_item_by_hand() -> None:
    """x = 1 1 0 0, y = 1 0 .5 0: products of deviations .25, squares 1 and .6875; in order 0 0 1 1, 0 0 .5 1: .75."""
    item, _, _ = items([[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]])
    assert (item.attempts, item.facility.value) == (4, 0.5)
    assert item.discrimination.value == pytest.approx(0.25 / 0.6875**0.5, abs=1e-12)
    assert item.efficiency.value == pytest.approx(1 / 3, abs=1e-12)


def test_who_answered_too_few_other_items_is_left_out_of_the_correlation_alone() -> None:
    full = [[1, 1, 1, 1, 1], [1, 0, 1, 0, 1], [0, 1, 0, 0, 1], [0, 0, 0, 1, 0], [1, 1, 0, 1, 1]]
    more = [*full, [0, 1, 1, None, None], [0, 1, None, None, None]]
    before, after = items(full)[0], items(more)[0]
    assert after.discrimination == before.discrimination
    assert after.efficiency == before.efficiency
    assert (after.attempts, after.facility.value) == (7, 3 / 7)
    assert items([*full, [0, 1, 1, 1, None]])[0].discrimination != before.discrimination  # three others are enough


def test_another_version_of_the_same_question_is_no_rest() -> None:
    """Items 0 and 1 are one question: what was answered to the other version changes nothing."""
    alike: list[list[int | None]] = [[1, 1, 1, 1], [0, 0, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0]]
    turned = [[row[0], other, *row[2:]] for row, other in zip(alike, (0, None, 0, 1), strict=True)]
    assert items(alike, [7, 7, 8, 9])[0] == items(turned, [7, 7, 8, 9])[0]
    assert items(alike, [6, 7, 8, 9])[0] != items(turned, [6, 7, 8, 9])[0]


def test_reasons() -> None:
    assert items([[1], [0]])[0].discrimination.reason == classical.NO_REST
    assert items([[1, 1], [0, 1]])[0].discrimination.reason == classical.NO_VARIANCE_IN_REST
    assert items([[1, 1], [0, 1]])[1].efficiency.reason == classical.NO_VARIANCE
    # wrong answers only of those whose rest nobody knows
    assert items([[1, 1], [1, 0], [0, None]])[0].discrimination.reason == classical.NO_VARIANCE


def test_no_noise_of_floats_is_a_variance() -> None:
    """All have a third of the rest right, which no float is."""
    for learners in range(4, 60):
        marks = [[n % 2, *([1, 0, 0], [0, 1, 0], [0, 0, 1])[n % 3]] for n in range(learners)]
        assert items(marks)[0].discrimination.reason == classical.NO_VARIANCE_IN_REST


@needs_lsat
def test_item_rest_correlations_and_alpha_of_the_lsat() -> None:
    correlations = [item.discrimination.value for item in items(lsat())]
    assert [round(value or 0, 4) for value in correlations] == [0.1128, 0.1532, 0.1728, 0.1444, 0.1216]
    alpha = reliability.alpha(of(lsat()), 65)
    assert (round(alpha.value or 0, 4), alpha.items) == (0.2950, 5)


def test_alpha_by_its_other_formula() -> None:
    marks = np.random.default_rng(7).integers(0, 2, (30, 6))
    marks[:, 1] = marks[:, 0]
    variances, whole = marks.var(axis=0, ddof=1).sum(), marks.sum(axis=1).var(ddof=1)
    alpha = reliability.alpha(of(marks.tolist()), 2)
    assert alpha.value == pytest.approx(6 / 5 * (1 - variances / whole), abs=1e-12)
    assert alpha.items == 6


def test_alpha_of_different_items_is_that_of_a_test_of_the_usual_length() -> None:
    """Pairs 1-2 and 2-3; in each, variances .5 and .5 and covariance .25: k * .25 / (.5 + (k - 1) * .25)."""
    pair = [[1, 1], [0, 0], [1, 1], [0, 0], [1, 0], [0, 1], [1, 1], [0, 0]]
    sparse = [[*row, None] for row in pair] + [[None, *row] for row in pair]
    variance, covariance = 16 / 8 / 7, (3 - 16 / 8) / 7
    for length, items_ in ((2, 2), (3, 3), (65, 3)):
        alpha = reliability.alpha(of(sparse), length)
        expected = items_ * covariance / (variance + (items_ - 1) * covariance)
        assert (alpha.value, alpha.items) == (pytest.approx(expected, abs=1e-12), items_)


@pytest.mark.parametrize(
    ("marks", "reason"),
    [
        ([[None, None]], reliability.NO_ANSWERS),
        ([[1], [0]], reliability.ONE_ITEM),
        ([[1, None], [0, None]], reliability.ONE_ITEM),
        ([[1, 0]], reliability.ONE_LEARNER),
        ([[1, 1], [1, 1]], reliability.NO_VARIANCE),
        ([[1, 0], [0, 1]], reliability.NO_VARIANCE),  # all have the same sum
        ([[1, None], [None, 1]], reliability.NO_PAIRS),
    ],
)
def test_alpha_has_a_reason_where_it_has_no_value(marks: list[list[int | None]], reason: str) -> None:
    alpha = reliability.alpha(of(marks), 10)
    assert (alpha.value, alpha.reason) == (None, reason)


def test_alpha_in_parts_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    marks = np.random.default_rng(1).integers(0, 2, (50, 4)).tolist()
    whole = reliability.alpha(of(marks), 4)
    monkeypatch.setattr(reliability, "_LEARNERS", 7)
    assert reliability.alpha(of(marks), 4) == whole


def test_alpha_of_many_items_is_that_of_the_most_answered_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    marks = np.random.default_rng(1).integers(0, 2, (50, 4)).tolist()
    sparse = [[*row[:3], row[3] if n < 20 else None] for n, row in enumerate(marks)]
    monkeypatch.setattr(reliability, "MOST_ITEMS", 3)
    assert reliability.alpha(of(sparse), 3) == reliability.alpha(of([row[:3] for row in marks]), 3)


@needs_lsat
def test_parameters_of_the_lsat() -> None:
    fitted = two_parameter.fit(of(lsat()))
    assert [item.a for item in fitted] == pytest.approx([0.826, 0.723, 0.891, 0.688, 0.657], abs=0.002)
    assert [item.b for item in fitted] == pytest.approx([-3.359, -1.370, -0.280, -1.866, -3.126], abs=0.002)


def simulated(slopes: Sequence[float], places: Sequence[float], learners: int) -> list[list[int | None]]:
    """Learners of the model."""
    random = np.random.default_rng(3)
    theta = random.standard_normal(learners)
    chance = 1 / (1 + np.exp(-np.array(slopes) * (theta[:, None] - np.array(places))))
    return (random.random(chance.shape) < chance).astype(int).tolist()


def test_parameters_come_back_from_answers_of_the_model_with_holes() -> None:
    slopes, places = [1.2, 0.8, 1.5, 1.0, 2.0, 0.6], [-1.0, 0.0, 0.5, 1.0, -0.5, 0.3]
    marks = simulated(slopes, places, 6000)
    for n, row in enumerate(marks):
        row[n % 6] = None
    fitted = two_parameter.fit(of(marks))
    assert [item.a for item in fitted] == pytest.approx(slopes, abs=0.2)
    assert [item.b for item in fitted] == pytest.approx(places, abs=0.15)
    assert [item.learners for item in fitted] == [5000] * 6


def test_parameters_need_learners_items_and_variance() -> None:
    marks = simulated([1, 1, 1], [0, 0, 0], 200)
    assert {item.reason for item in two_parameter.fit(of(marks))} == {None}
    assert {item.reason for item in two_parameter.fit(of(marks[1:]))} == {two_parameter.FEW_LEARNERS}
    constant = [[*row, 1] for row in marks]
    assert [item.reason for item in two_parameter.fit(of(constant))] == [None] * 3 + [classical.NO_VARIANCE]
    pair = [row[:2] for row in marks]
    assert {item.reason for item in two_parameter.fit(of(pair))} == {two_parameter.FEW_ITEMS}
    alone = [[*row, None] for row in marks] + [[None, None, None, n % 2] for n in range(300)]
    assert [item.reason for item in two_parameter.fit(of(alone))] == [None] * 3 + [two_parameter.FEW_LEARNERS]
    nobody = [[*row, None] for row in marks]
    assert two_parameter.fit(of(nobody))[3] == two_parameter.Parameters(None, None, 0, classical.NO_ANSWERS)


def test_an_item_that_separates_perfectly_has_no_parameters_and_spoils_no_other() -> None:
    marks = simulated([1, 1, 1, 1], [0, 0.5, -0.5, 0], 1000)
    twins = [[*row, row[0], row[0]] for row in marks]
    fitted = two_parameter.fit(of(twins))
    assert all(item.reason in (None, two_parameter.NOT_FIXED) for item in fitted)
    assert two_parameter.NOT_FIXED in {item.reason for item in fitted}
    assert None in {item.reason for item in fitted}


def test_a_wrong_key_gives_a_slope_below_zero() -> None:
    marks = simulated([1.5] * 5, [0] * 5, 2000)
    turned = [[1 - (row[0] or 0), *row[1:]] for row in marks]
    slopes = [item.a or 0 for item in two_parameter.fit(of(turned))]
    assert slopes[0] < -1
    assert min(slopes[1:]) > 1


def test_an_estimation_that_does_not_come_to_rest_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(two_parameter, "_ROUNDS", 2)
    assert {item.reason for item in two_parameter.fit(of(simulated([1, 1, 1], [0, 1, 2], 300)))} == {
        two_parameter.NOT_CONVERGED
    }


def test_of_too_many_learners_every_nth_is_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    marks = simulated([1, 1, 1], [0, 0, 0], 900)
    monkeypatch.setattr(two_parameter, "_CELLS", 1000)
    assert two_parameter.fit(of(marks)) == two_parameter.fit(of(marks[::3]))
