"""Questions that ask for a place in a picture."""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from shared_schema.problems import invalid
from shared_schema.rows import Unusable
from study_service.grading import credit
from study_service.grading.document import Grade, Option, Point, Selected, same

LARGEST = 20_000  # pixels of a side
_GRID = 16  # points of a region that are tried on each side, for one that no earlier region covers


def check(options: Sequence[Option]) -> None:
    """Unusable unless each region is a shape, and a right one has a point in the picture that no earlier one has."""
    width, height = size(options)
    for option in options:
        if problem := _problem(option):
            raise Unusable("answers", problem)
    if not (0 < width <= LARGEST and 0 < height <= LARGEST):
        raise Unusable("answers", f"has a picture whose sides are not 1 to {LARGEST:,} pixels")
    if _point(options) is None:
        raise Unusable("answers", "has no right region that a learner can point at")


def size(options: Sequence[Option]) -> tuple[int, int]:
    """Width and height of the picture, in whose pixels the regions are; 0 where they are not stated."""
    sides = same(options, "imageWidth"), same(options, "imageHeight")
    width, height = (side if isinstance(side, int) else 0 for side in sides)
    return width, height


def grade(options: Sequence[Option], selected: Selected) -> Grade:
    """A point: the first region that holds it decides, edges included, as in `areaMapping` of QTI 2.2 and in an image
    map of HTML. It is right in a right one, and earns in another what the author gave that one, at least nothing.
    """
    point = _chosen(options, selected)
    region = _region(options, point)
    right = region is not None and bool(region["isCorrect"])
    weight = credit.exact(region.get("weight", 0.0)) if region else Fraction(0)
    return Grade(right, 1.0 if right else float(max(Fraction(0), weight)), point)


def key(options: Sequence[Option]) -> Point:
    """A point in a right region."""
    point = _point(options)
    if point is None:
        raise Unusable("answers", "has no right region that a learner can point at")
    return point


def _chosen(options: Sequence[Option], selected: Selected) -> Point:
    if not isinstance(selected, dict) or selected.keys() != {"x", "y"}:
        raise invalid("selected_answer", "This question takes a point, {x, y}.")
    width, height = size(options)
    x, y = selected["x"], selected["y"]
    if not all(isinstance(side, int | float) and not isinstance(side, bool) for side in (x, y)):
        raise invalid("selected_answer", "x and y are numbers.")
    if not (0 <= x <= width and 0 <= y <= height):  # NaN is not in it either
        raise invalid("selected_answer", f"x is from 0 to {width}, y from 0 to {height}.")
    return {"x": x, "y": y}


def _region(options: Sequence[Option], point: Point) -> Option | None:
    return next((option for option in options if holds(option, point["x"], point["y"])), None)


def _problem(option: Option) -> str | None:
    """What keeps this from being a region. None where nothing does."""
    coords = option.get("coords", [])
    match option.get("region"), len(coords):
        case "rect", 4:
            good = coords[0] < coords[2] and coords[1] < coords[3]
        case "circle", 3:
            good = coords[2] > 0
        case "poly", count:
            good = count >= 6 and count % 2 == 0
        case _:
            good = False
    return None if good else "has an option that is no rect, circle or poly with its coords"


def holds(option: Option, x: float, y: float) -> bool:
    coords = option["coords"]
    if option["region"] == "rect":
        return coords[0] <= x <= coords[2] and coords[1] <= y <= coords[3]
    if option["region"] == "circle":
        return math.hypot(x - coords[0], y - coords[1]) <= coords[2]
    return _polygon_holds(_corners(coords), x, y)


def _corners(coords: Sequence[float]) -> list[tuple[float, float]]:
    return list(zip(coords[::2], coords[1::2], strict=True))


def _polygon_holds(corners: list[tuple[float, float]], x: float, y: float) -> bool:
    """By the even-odd rule: a ray to the right crosses the edges an odd number of times. The edges are in it."""
    inside = False
    for (x1, y1), (x2, y2) in pairwise([*corners, corners[0]]):
        side = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
        if side == 0 and min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2):
            return True
        if (y1 > y) != (y2 > y) and (side > 0) == (y2 > y1):
            inside = not inside
    return inside


def _point(options: Sequence[Option]) -> Point | None:
    """A point that is right: the middle of a right region, or else the first of a grid over it."""
    width, height = size(options)
    for option in options:
        for x, y in _candidates(option) if option["isCorrect"] else ():
            if not (0 <= x <= width and 0 <= y <= height):
                continue
            decides = _region(options, {"x": x, "y": y})
            if decides is not None and decides["isCorrect"]:
                return {"x": x, "y": y}
    return None


def _candidates(option: Option) -> Iterator[tuple[float, float]]:
    coords = option["coords"]
    if option["region"] == "circle":
        x, y, radius = coords
        left, top, right, bottom = x - radius, y - radius, x + radius, y + radius
    else:
        left, right, top, bottom = min(coords[::2]), max(coords[::2]), min(coords[1::2]), max(coords[1::2])
    yield _whole((left + right) / 2), _whole((top + bottom) / 2)
    steps = [(step + 0.5) / _GRID for step in range(_GRID)]
    for y in steps:
        for x in steps:
            yield left + (right - left) * x, top + (bottom - top) * y


def _whole(number: float) -> float:
    return int(number) if number == int(number) else number
