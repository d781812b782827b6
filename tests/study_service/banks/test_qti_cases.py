"""Items as authors' tools write them, which other importers lose or bend."""

import pytest

from tests.study_service.banks.qti_texts import (
    MAP,
    choice,
    item,
    losses,
    mapping,
    problem,
    question,
    response,
    score,
    simple,
)

THIRDS = """<?xml version="1.0" encoding="UTF-8"?>
<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="thirds" title="{title}"
    adaptive="false" time-dependent="false">
  <qti-response-declaration identifier="RESPONSE" cardinality="multiple" base-type="identifier">
    <qti-correct-response><qti-value>A</qti-value><qti-value>B</qti-value><qti-value>C</qti-value></qti-correct-response>
    <qti-mapping lower-bound="0" upper-bound="1" default-value="-1">
      <qti-map-entry map-key="A" mapped-value=" 0.333333333333333"/>
      <qti-map-entry map-key="B" mapped-value=" 0.333333333333333"/>
      <qti-map-entry map-key="C" mapped-value=" 0.333333333333333"/>
    </qti-mapping>
  </qti-response-declaration>
  <qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float"/>
  <qti-item-body>{body}
    <qti-choice-interaction response-identifier="RESPONSE" max-choices="3" shuffle="true">
      <qti-simple-choice identifier="A">Robin</qti-simple-choice>
      <qti-simple-choice identifier="B">Paula</qti-simple-choice>
      <qti-simple-choice identifier="C">Rik</qti-simple-choice>
    </qti-choice-interaction>
  </qti-item-body>
  <qti-response-processing template="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/map_response.xml"/>
</qti-assessment-item>"""


def test_thirds_that_are_all_right_make_up_the_full_mark() -> None:
    text = THIRDS.format(title="Who", body="<div>Who passed the exam?</div>")
    asked = question(text)
    assert (asked.type, asked.text, asked.external_id) == ("multi_select", "Who passed the exam?", "thirds")
    assert [(c.text, c.is_correct, c.name) for c in asked.choices] == [
        ("Robin", True, "A"),
        ("Paula", True, "B"),
        ("Rik", True, "C"),
    ]
    assert [c.weight for c in asked.choices] == pytest.approx([1 / 3] * 3)
    assert score(asked, "Robin", "Paula", "Rik") == (True, 1.0)
    assert score(asked, "Robin", "Rik") == (False, 0.667)
    assert losses(text) == []


def test_without_a_body_the_title_is_the_question() -> None:
    assert question(THIRDS.format(title="Who passed?", body="")).text == "Who passed?"
    assert problem(THIRDS.format(title=" ", body="")) == "there is no question text: no body, no prompt and no title"


SIGNS = "<!DOCTYPE assessmentItem>" + item(
    choice(simple(a1="&gt;", a2="=", a3="&gt;=", a4="&lt;"), 'shuffle="true" maxChoices="0"', "Which are signs?"),
    response(
        "a1;a4",
        mapping({"a1": 1, "a2": -1, "a3": -1, "a4": 1}, 'lowerBound="0" upperBound="2" defaultValue="0"'),
        cardinality="multiple",
    ),
    MAP,
)


def test_a_bare_doctype_and_options_of_single_signs() -> None:
    asked = question(SIGNS)
    assert [(c.text, c.is_correct, c.weight) for c in asked.choices] == [
        (">", True, 0.5),
        ("=", False, -0.5),
        (">=", False, -0.5),
        ("<", True, 0.5),
    ]
    assert score(asked, ">", "<") == (True, 1.0)
    assert score(asked, ">") == (False, 0.5)
    assert score(asked, ">", "=") == (False, 0.0)
    assert losses(SIGNS) == ["it is worth 2 points there, and here every question counts the same"]


def condition(*sets: str) -> str:
    """A processing in which each of these sets of options earns the full mark."""
    branches = "".join(
        f"<{tag}><match><variable identifier='RESPONSE'/><multiple>"
        + "".join(f"<baseValue baseType='identifier'>{name}</baseValue>" for name in names)
        + "</multiple></match><setOutcomeValue identifier='SCORE'><baseValue baseType='float'>1</baseValue>"
        f"</setOutcomeValue></{tag}>"
        for tag, names in zip(["responseIf", *["responseElseIf"] * len(sets)], sets, strict=False)
    )
    return f"<responseProcessing><responseCondition>{branches}</responseCondition></responseProcessing>"


FOUR = choice(simple(A="gas", B="pan", C="oven", D="dish"), 'shuffle="true" maxChoices="0"')


def test_two_right_sets_are_refused() -> None:
    two = item(FOUR, response(cardinality="multiple"), condition("AB", "CD"))
    assert problem(two) == ("its key cannot be expressed: several sets of options earn full marks, {A, B} and {C, D}")
    stated = item(FOUR, response("A;B", cardinality="multiple"), condition("AB", "CD"))
    assert problem(stated) == problem(two)


def test_one_right_set_that_only_the_processing_names_is_the_key() -> None:
    asked = question(item(FOUR, response(cardinality="multiple"), condition("AB")))
    assert [c.is_correct for c in asked.choices] == [True, True, False, False]


RUBRIC = '<rubricBlock view="{}"><p>The switch runs IOS 15. You are in privileged EXEC mode.</p></rubricBlock>'


@pytest.mark.parametrize("view", ["candidate", "scorer candidate"])
def test_what_a_rubric_tells_learners_belongs_to_the_question(view: str) -> None:
    text = item(RUBRIC.format(view) + choice(prompt="Which command shows the VLANs?"), response("A"))
    assert question(text).text == (
        "The switch runs IOS 15. You are in privileged EXEC mode.\nWhich command shows the VLANs?"
    )
    assert losses(text) == []


@pytest.mark.parametrize("view", ["scorer", "author tutor", ""])
def test_what_a_rubric_tells_others_stays_secret(view: str) -> None:
    text = item(RUBRIC.format(view) + choice(prompt="Which command?"), response("A"))
    assert question(text).text == "Which command?"
    assert losses(text) == [f"a rubric for others than learners (view {view!r}) is lost"]
