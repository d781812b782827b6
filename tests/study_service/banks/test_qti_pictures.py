"""Places in pictures that QTI items ask for."""

import pytest

from tests.study_service.banks.qti_texts import MATCH, POINT, item, losses, problem, question, response

WEB = "https://example.com/uk.png"


def picture(address: str = WEB, size: str = 'width="206" height="280"') -> str:
    return f'<object type="image/png" data="{address}" {size}>UK</object>'


def areas(*entries: tuple[str, str, float], attributes: str = "") -> str:
    listed = "".join(
        f'<areaMapEntry shape="{shape}" coords="{coords}" mappedValue="{worth}"/>' for shape, coords, worth in entries
    )
    return f"<areaMapping {attributes}>{listed}</areaMapping>"


def point(mapped: str, correct: str = "", content: str = "", cardinality: str = "single", most: str = "1") -> str:
    body = f'<selectPointInteraction responseIdentifier="RESPONSE" maxChoices="{most}">{content or picture()}'
    declared = response(correct, mapped, "point", cardinality)
    return item(f"{body}<prompt>Where?</prompt></selectPointInteraction>", declared, POINT)


EDINBURGH = ("circle", "102,113,16", 1.0)


def test_a_point_in_a_mapped_area() -> None:
    text = point(areas(EDINBURGH, ("rect", "0,0,200,200", 0.5), attributes='defaultValue="0"'), "102 113")
    asked = question(text)
    assert (asked.type, asked.text, asked.image_url, asked.image_size) == ("hotspot", "Where?", WEB, (206, 280))
    assert [(c.text, c.is_correct, c.weight, c.region, c.coords) for c in asked.choices] == [
        ("1", True, None, "circle", (102.0, 113.0, 16.0)),
        ("2", False, 0.5, "rect", (0.0, 0.0, 200.0, 200.0)),
    ]
    assert (losses(text), asked.states) == ([], {"image_url"})


def test_an_area_under_others_is_lost() -> None:
    text = point(areas(EDINBURGH, ("circle", "102,113,8", 0.5), ("rect", "900,900,950,950", 1)))
    assert [c.coords for c in question(text).choices] == [(102.0, 113.0, 16.0)]
    assert losses(text) == [
        "part 2 of the picture is lost: it is outside of it, or under others",
        "part 3 of the picture is lost: it is outside of it, or under others",
    ]


def hotspots(correct: str, options: str, content: str = "", cardinality: str = "single") -> str:
    body = f'<hotspotInteraction responseIdentifier="RESPONSE" maxChoices="1">{content or picture()}{options}'
    return item(
        f"{body}<prompt>Which?</prompt></hotspotInteraction>", response(correct, cardinality=cardinality), MATCH
    )


SPOTS = '<hotspotChoice identifier="A" shape="circle" coords="77 115 8"/>'
SPOTS += '<hotspotChoice identifier="B" shape="poly" coords="0,0,50,0,50,50" hotspotLabel="London"/>'


def test_a_part_of_a_picture_that_is_chosen() -> None:
    asked = question(hotspots("B", SPOTS))
    assert [(c.text, c.name, c.is_correct, c.region, c.coords) for c in asked.choices] == [
        ("A", "A", False, "circle", (77.0, 115.0, 8.0)),
        ("London", "B", True, "poly", (0.0, 0.0, 50.0, 0.0, 50.0, 50.0)),
    ]


def test_pictures_of_qti_3() -> None:
    image = f'<img src="{WEB}" alt="UK" width="206" height="280px"/>'
    assert question(hotspots("B", SPOTS, image)).image_size == (206, 280)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            hotspots("A", SPOTS, picture("images/uk.png")),
            "the picture to point at has no address on the web (https://…), but 'images/uk.png'",
        ),
        (
            hotspots("A", SPOTS, picture(size='width="50%" height="280"')),
            "the width of the picture to point at is not stated in pixels",
        ),
        (hotspots("A", SPOTS, "<p>no picture</p>"), "it has no picture to point at, or several"),
        (
            hotspots("A", SPOTS, cardinality="multiple"),
            "several parts of a picture are chosen, and here it is one point",
        ),
        (
            hotspots("A", SPOTS.replace("poly", "ellipse")),
            "a part of the picture is of the shape 'ellipse'; rect, circle and poly are known",
        ),
        (hotspots("A", SPOTS.replace("77 115 8", "50%,50%,8")), "'50%' is not a number"),
        (point("", "1 1"), "0 parts of the picture, where 1 to 26 are needed"),
        (
            point(areas(EDINBURGH), most="2", cardinality="multiple"),
            "several points of a picture are chosen, and here it is one point",
        ),
        (
            point(areas(EDINBURGH, attributes='defaultValue="1"')),
            "its key cannot be expressed: any point of the picture earns something",
        ),
        (
            point(areas(EDINBURGH), "1 1"),
            "its correctResponse is 1,1, but its response processing gives most for 102,113",
        ),
        (point(areas(("rect", "900,900,950,950", 1))), "no part of its picture earns something"),
        (point(areas(EDINBURGH), "here there too"), "'here there too' is not a point"),
    ],
)
def test_refused(text: str, message: str) -> None:
    assert problem(text) == message
