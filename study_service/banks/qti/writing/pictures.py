"""Questions that ask for a place in a picture, as selectPointInteraction."""

import html as markup
import mimetypes
from collections.abc import Sequence

from shared_schema import rows
from study_service.banks import html
from study_service.banks.bank import Choice, Question, Unusable
from study_service.banks.qti.declared import Area
from study_service.banks.qti.pictures import reached
from study_service.banks.qti.writing import asking, weights
from study_service.banks.qti.writing.asking import RESPONSE, Asking
from study_service.banks.qti.writing.elements import Notes, element
from study_service.grading import hotspot
from study_service.grading.document import Option


def write(question: Question, notes: Notes) -> Asking:
    if question.image_size is None or question.image_url is None or not is_on_web(question.image_url):
        raise Unusable("its picture has no address on the web, or no size")
    asking.lose_extras(question.choices, notes, "weight")
    choices = _reached(question.choices, question.image_size, notes)
    for place, choice in enumerate(choices, 1):
        notes.lose(f"the name of region {place}, {choice.text!r}", when=choice.text != str(place))
    entries = [
        element("areaMapEntry", _area(choice) | {"mappedValue": asking.number(1 if choice.is_correct else worth or 0)})
        for choice, worth in zip(choices, weights.of_one(choices, notes), strict=True)
    ]
    mapping = element("areaMapping", asking.bounds(), *entries)
    attributes = {"responseIdentifier": RESPONSE, "maxChoices": "1"}
    return Asking(
        declaration=asking.declaration("single", "point", [_key(choices, question.image_size)], mapping),
        interaction=element("selectPointInteraction", attributes, _picture(question.image_url, question.image_size)),
        processing=asking.template("map_response_point"),
    )


def _reached(choices: Sequence[Choice], size: tuple[int, int], notes: Notes) -> list[Choice]:
    """The regions that decide about a point: none before it covers it."""
    points = reached([Area(choice.region or "", choice.coords) for choice in choices], size)
    for place, point in enumerate(points, 1):
        notes.lose(f"region {place}: it is outside of the picture, or under others", when=point is None)
    return [choice for choice, point in zip(choices, points, strict=True) if point is not None]


def is_on_web(address: str) -> bool:
    """Whether a reader takes this for the address of a picture."""
    return html.shown(f'<img src="{markup.escape(address)}" alt="-">').image_url == address


def _picture(address: str, size: tuple[int, int]) -> str:
    kind = mimetypes.guess_type(address.partition("?")[0])[0] or "image/png"
    return element("object", {"data": address, "type": kind, "width": str(size[0]), "height": str(size[1])})


def _area(choice: Choice) -> dict[str, str]:
    return {"shape": choice.region or "", "coords": ",".join(map(asking.number, choice.coords))}


def _key(choices: Sequence[Choice], size: tuple[int, int]) -> str:
    options: list[Option] = [
        {
            "id": "",
            "text": choice.text,
            "isCorrect": choice.is_correct,
            "region": choice.region or "",
            "coords": list(choice.coords),
            "imageWidth": size[0],
            "imageHeight": size[1],
        }
        for choice in choices
    ]
    try:
        hotspot.check(options)
        point = hotspot.key(options)
    except rows.Unusable:
        raise Unusable("its regions are not parts of its picture") from None
    return f"{asking.number(point['x'])} {asking.number(point['y'])}"
