"""Places in a picture."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_schema.problems import Invalid
from shared_schema.rows import Unusable
from study_service import grading

SIZE = {"imageWidth": 206, "imageHeight": 280}


def region(right: bool, kind: str, *coords: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{kind}{coords}",
        "text": "",
        "isCorrect": right,
        "region": kind,
        "coords": list(coords),
        **SIZE,
        **more,
    }


# The item "Where is Edinburgh?" of QTI's implementation guide (select_point): a circle of 16 pixels round 102, 113.
EDINBURGH: list[grading.Option] = grading.usable("hotspot", [region(True, "circle", 102, 113, 16)])
POLYGON = region(True, "poly", 0, 0, 100, 0, 100, 100, 50, 20, 0, 100)


@pytest.mark.parametrize(
    ("x", "y", "right"),
    [(102, 113, True), (118, 113, True), (102, 97, True), (118.01, 113, False), (114, 125, False), (0, 0, False)],
)
def test_a_circle_holds_its_edge_and_nothing_beyond(x: float, y: float, right: bool) -> None:
    grade = grading.grade("hotspot", EDINBURGH, {"x": x, "y": y})
    assert grade == grading.Grade(right, float(right), {"x": x, "y": y})


@pytest.mark.parametrize(
    ("x", "y", "right"),
    [
        (10, 50, True), (50, 10, True), (50, 20, True), (50, 21, False), (50, 60, False), (90, 50, True),
        (0, 0, True), (100, 100, True), (0, 100, True), (100, 50, True), (50, 0, True), (101, 50, False),
        (1, 100, False),
    ],
)  # fmt: skip
def test_a_polygon_holds_its_edges_and_no_bay(x: float, y: float, right: bool) -> None:
    assert grading.grade("hotspot", [POLYGON], {"x": x, "y": y}).is_correct is right


def test_a_rectangle_holds_its_edges() -> None:
    options = [region(True, "rect", 10, 20, 30, 40)]
    inside = [(10, 20), (30, 40), (20, 30), (10, 40)]
    outside = [(9.9, 30), (30.1, 30), (20, 19.9), (20, 40.1)]
    for x, y in inside + outside:
        assert grading.grade("hotspot", options, {"x": x, "y": y}).is_correct is ((x, y) in inside)


def test_the_first_region_decides() -> None:
    """As in an image map of HTML."""
    options = [
        region(False, "rect", 0, 0, 50, 50, weight=0.25),
        region(True, "rect", 0, 0, 100, 100),
        region(False, "rect", 0, 0, 200, 200, weight=-0.5),
    ]
    grades = [grading.grade("hotspot", options, {"x": side, "y": side}) for side in (20, 80, 150, 205)]
    assert [(grade.is_correct, grade.score) for grade in grades] == [(False, 0.25), (True, 1.0), (False, 0), (False, 0)]


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ("a", "This question takes a point, {x, y}."),
        (["a"], "This question takes a point, {x, y}."),
        ({"x": 1}, "This question takes a point, {x, y}."),
        ({"x": "1", "y": 1}, "x and y are numbers."),
        ({"x": True, "y": 1}, "x and y are numbers."),
        ({"x": 207, "y": 1}, "x is from 0 to 206, y from 0 to 280."),
        ({"x": 1, "y": -0.1}, "x is from 0 to 206, y from 0 to 280."),
        ({"x": float("nan"), "y": 1}, "x is from 0 to 206, y from 0 to 280."),
    ],
)
def test_what_is_no_point_of_the_picture_is_refused(point: Any, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        grading.grade("hotspot", EDINBURGH, point)
    assert refused.value.fields == {"selected_answer": [message]}


SHAPELESS = "has an option that is no rect, circle or poly with its coords"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ([{"id": "a", "text": "a", "isCorrect": True}], SHAPELESS),
        ([region(True, "rect", 10, 10, 10, 20)], SHAPELESS),
        ([region(True, "rect", 10, 10, 20)], SHAPELESS),
        ([region(True, "circle", 10, 10, 0)], SHAPELESS),
        ([region(True, "poly", 0, 0, 10, 10)], SHAPELESS),
        ([region(True, "poly", 0, 0, 10, 10, 20)], SHAPELESS),
        ([region(True, "ellipse", 0, 0, 10, 10)], SHAPELESS),
        ([region(True, "circle", 10, 10, "5")],
         "has an option whose coords is not a list of numbers"),
        ([region(True, "circle", 10, 10, 5) | {"imageWidth": 0}],
         "has a picture whose sides are not 1 to 20,000 pixels"),
        ([region(True, "circle", 1, 1, 1), region(False, "circle", 2, 2, 1) | {"imageWidth": 9}],
         "has options that differ in their imageWidth"),
        ([region(False, "rect", 0, 0, 200, 200), region(True, "circle", 50, 50, 5)],
         "has no right region that a learner can point at"),
        ([region(True, "rect", 300, 0, 400, 200)], "has no right region that a learner can point at"),
    ],
)  # fmt: skip
def test_regions_that_nobody_could_hit_are_not_asked(options: list[Any], problem: str) -> None:
    with pytest.raises(Unusable) as refused:
        grading.usable("hotspot", options)
    assert refused.value.problem == problem


def test_the_key_is_a_point_that_is_right() -> None:
    assert grading.key("hotspot", EDINBURGH) == {"x": 102, "y": 113}
    covered = [region(False, "rect", 40, 40, 60, 60), region(True, "rect", 0, 0, 100, 100)]
    for options in ([POLYGON], covered):
        assert grading.grade("hotspot", options, grading.key("hotspot", options)).is_correct


@given(st.lists(st.tuples(st.integers(0, 206), st.integers(0, 280)), min_size=3, max_size=7))
def test_the_key_of_any_polygon_that_can_be_asked_is_right(corners: list[tuple[int, int]]) -> None:
    options: list[Any] = [region(True, "poly", *(side for corner in corners for side in corner))]
    try:
        grading.usable("hotspot", options)
    except Unusable:
        return
    assert grading.grade("hotspot", options, grading.key("hotspot", options)).score == 1.0
