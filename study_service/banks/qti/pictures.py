"""hotspotInteraction and selectPointInteraction: a place in a picture."""

import html as markup
from collections.abc import Sequence
from fractions import Fraction
from xml.etree.ElementTree import Element

from shared_schema import rows
from study_service.banks import html
from study_service.banks.bank import MAX_OPTIONS, Choice, Unusable
from study_service.banks.qti import asked, declared, feedback, names, scores
from study_service.banks.qti.asked import Answer, Asked
from study_service.banks.qti.declared import Area
from study_service.banks.qti.feedback import Run
from study_service.banks.qti.scores import Key
from study_service.banks.qti.values import Point
from study_service.grading import hotspot
from study_service.grading.document import Option

MAX_COORDS = 500  # numbers, of all parts of a picture: many points are looked for in each
_COVERED = "part {} of the picture is lost: it is outside of it, or under others"


def hotspots(question: Asked) -> Answer:
    """The parts of the picture that may be chosen, each by its name."""
    elements = [element for element in question.interaction if element.tag == "hotspotChoice"]
    listed = asked.identified(elements, "parts of the picture", least=1)
    if question.response.cardinality != "single":
        raise Unusable("several parts of a picture are chosen, and here it is one point")
    areas = [Area(*declared.shape(element)) for element in elements]
    # None of the parts is an answer, too: one does not hit any of them.
    key = scores.of_one(question.processing, [*listed, ""], question.texts)
    runs = [Run(frozenset({n}), question.processing.run(name)) for n, name in enumerate(listed)]
    comments = feedback.comments(question.feedbacks, runs, listed, question.texts)
    labels = [element.get("hotspotLabel", "").strip() or name for element, name in zip(elements, listed, strict=True)]
    return _answer(question, areas, key, labels, comments.options, listed, comments.question)


def points(question: Asked) -> Answer:
    """The parts of the picture that earn something, as they are mapped."""
    mapping = question.response.areas
    areas = [entry for entry in mapping.entries if isinstance(entry, Area)] if mapping else []
    if question.response.cardinality != "single" and question.limit("maxChoices") != 1:
        raise Unusable("several points of a picture are chosen, and here it is one point")
    if not areas or len(areas) > MAX_OPTIONS:
        raise Unusable(f"{len(areas)} parts of the picture, where 1 to {MAX_OPTIONS} are needed")
    if sum(len(area.coords) for area in areas) > MAX_COORDS:
        raise Unusable(f"the parts of its picture have more than {MAX_COORDS} coordinates")
    if mapping is not None and mapping.default > 0:
        raise Unusable("its key cannot be expressed: any point of the picture earns something")
    at = reached(areas, _size(question))
    question.texts.losses += [_COVERED.format(n) for n, point in enumerate(at, 1) if point is None]
    areas = [area for area, point in zip(areas, at, strict=True) if point is not None]
    inside = [point for point in at if point is not None]
    if not areas:
        raise Unusable("no part of its picture earns something")
    parts = [*inside, (Fraction(-1), Fraction(-1)), *question.response.correct]
    key = scores.of_one(question.processing, parts, question.texts, others=True)
    runs = [Run(frozenset({n}), question.processing.run(question.response.value(at))) for n, at in enumerate(inside)]
    numbered = [str(n) for n in range(1, len(areas) + 1)]
    comments = feedback.comments(question.feedbacks, runs, numbered, question.texts)
    return _answer(question, areas, key, numbered, comments.options, [None] * len(areas), comments.question)


def _answer(
    question: Asked,
    areas: Sequence[Area],
    key: Key,
    labels: Sequence[str],
    explanations: Sequence[str | None],
    identifiers: Sequence[str | None],
    explanation: str | None,
) -> Answer:
    choices = [
        Choice(label, right, why, weight, name=name, region=area.shape, coords=area.coords)
        for label, right, why, weight, name, area in zip(
            labels, key.rights, explanations, key.weights, identifiers, areas, strict=False
        )
    ]
    address = _address(_picture(question))
    return Answer("hotspot", tuple(choices), explanation, image_url=address, image_size=_size(question))


def _picture(question: Asked) -> Element:
    pictures = [element for element in question.interaction if element.tag in ("object", "img", "picture")]
    if len(pictures) != 1:
        raise Unusable("it has no picture to point at, or several")
    return next(names.inside(pictures[0], "img"), pictures[0])


def _address(picture: Element) -> str:
    address = (picture.get("data") or picture.get("src") or "").strip()
    shown = html.shown(f'<img src="{markup.escape(address)}" alt="-">')
    if shown.image_url is None:
        raise Unusable(f"the picture to point at has no address on the web (https://…), but {address[:100]!r}")
    return shown.image_url


def _size(question: Asked) -> tuple[int, int]:
    picture = _picture(question)
    return _side(picture, "width"), _side(picture, "height")


def _side(picture: Element, name: str) -> int:
    text = picture.get(name, "").strip().removesuffix("px")
    if not (text.isascii() and text.isdigit()) or len(text) > 5:
        raise Unusable(f"the {name} of the picture to point at is not stated in pixels")
    return int(text)


def reached(areas: Sequence[Area], size: tuple[int, int]) -> list[Point | None]:
    """A point of the picture in each area that is in none before it, None where there is none."""
    return [_point([_option(area, n == wanted, size) for n, area in enumerate(areas)]) for wanted in range(len(areas))]


def _point(options: Sequence[Option]) -> Point | None:
    try:
        key = hotspot.key(options)
    except rows.Unusable:
        return None
    return Fraction(key["x"]), Fraction(key["y"])


def _option(area: Area, right: bool, size: tuple[int, int]) -> Option:
    return {
        "id": "",
        "text": "",
        "isCorrect": right,
        "region": area.shape,
        "coords": list(area.coords),
        "imageWidth": size[0],
        "imageHeight": size[1],
    }
