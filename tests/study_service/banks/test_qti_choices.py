"""Choices of QTI items: which are right, what each earns, and what of that our grading cannot give."""

import pytest

from tests.study_service.banks.qti_texts import (
    MANY,
    MAP,
    MATCH,
    OPTIONS,
    THREE,
    choice,
    item,
    losses,
    mapping,
    problem,
    question,
    response,
    score,
    several,
    simple,
    single,
)


def test_one_right_option() -> None:
    asked = question(item(choice(), response("B"), attributes='adaptive="false"'))
    assert (asked.item, asked.line, asked.type, asked.text) == (1, 1, "multiple_choice", "Which?")
    assert (asked.external_id, asked.objective, asked.explanation, asked.states) == ("vlan", None, None, frozenset())
    assert [(c.text, c.is_correct, c.name, c.fixed, c.weight) for c in asked.choices] == [
        ("show vlan", False, "A", None, None),
        ("show route", True, "B", None, None),
    ]


@pytest.mark.parametrize("words", [("True", "False"), ("false", "true")])
def test_true_and_false_are_a_type_of_their_own(words: tuple[str, str]) -> None:
    asked = question(item(choice(simple(A=words[0], B=words[1])), response("A")))
    assert (asked.type, [c.is_correct for c in asked.choices]) == ("true_false", [True, False])


def test_true_and_something_else_are_options() -> None:
    assert question(item(choice(simple(A="True", B="Falsey")), response("A"))).type == "multiple_choice"


def test_what_is_not_shuffled_is_fixed() -> None:
    options = OPTIONS + '<simpleChoice identifier="C" fixed="true">x</simpleChoice>'
    options += '<simpleChoice identifier="D" fixed="false">y</simpleChoice>'
    shuffled = question(item(choice(options), response("A")))
    assert [c.fixed for c in shuffled.choices] == [None, None, True, False]
    for attributes in ('shuffle="false"', ""):
        assert {c.fixed for c in question(item(choice(options, attributes), response("A"))).choices} == {True}


def test_one_of_several_that_are_chosen_is_one_choice() -> None:
    text = item(choice(THREE, 'maxChoices="1" shuffle="true"'), response("A", cardinality="multiple"))
    assert question(text).type == "multiple_choice"
    assert question(several(correct="A", processing=MATCH)).type == "multi_select"


def test_weights_of_one_choice_are_shares_of_the_best() -> None:
    text = single(mapping({"A": 4, "B": 1, "C": -1}, 'lowerBound="0"'))
    asked = question(text)
    assert [(c.is_correct, c.weight) for c in asked.choices] == [(True, None), (False, 0.25), (False, -0.25)]
    assert [score(asked, one) for one in ("one", "two", "three")] == [(True, 1), (False, 0.25), (False, 0)]
    assert losses(text) == ["it is worth 4 points there, and here every question counts the same"]


def test_what_is_taken_off_other_questions_is_told() -> None:
    assert losses(single(mapping({"A": 1, "B": -0.5}))) == [
        "part credit differs: B earns -0.5 of the mark there, 0 here"
    ]


def test_without_a_correct_response_the_best_is_right() -> None:
    asked = question(single(mapping({"A": 1, "B": 1, "C": 0.5}), correct=""))
    assert [(c.is_correct, c.weight) for c in asked.choices] == [(True, None), (True, None), (False, 0.5)]


@pytest.mark.parametrize("worths", [{"A": 0, "B": 1}, {"A": 1, "B": 1}, {"A": 0.5, "B": 1}])
def test_a_mapping_against_the_correct_response_is_refused(worths: dict[str, float]) -> None:
    best = "A, B" if worths["A"] == 1 else "B"
    assert problem(single(mapping(worths))) == (
        f"its correctResponse is A, but its response processing gives most for {best}"
    )


def test_weights_of_a_set() -> None:
    text = several(mapping({"A": 1, "B": 1, "C": -0.5}, 'lowerBound="0" upperBound="2"'))
    asked = question(text)
    assert [c.weight for c in asked.choices] == [0.5, 0.5, -0.25]
    assert "part credit differs" in losses(text)[1]  # our penalties make up for all credits
    text = several(mapping({"A": 0.5, "B": 0.5, "C": -1}, 'lowerBound="0"'))
    assert (losses(text), score(question(text), "one", "three")) == ([], (False, 0.0))


def test_wrong_options_that_cost_all_by_default_need_no_weight() -> None:
    asked = question(several(mapping({"A": 0.5, "B": 0.5}, 'lowerBound="0" defaultValue="-1"')))
    assert [c.weight for c in asked.choices] == [0.5, 0.5, None]
    assert [score(asked, *names) for names in (["one"], ["one", "three"])] == [(False, 0.5), (False, 0.0)]


def test_penalties_by_default_are_kept_beside_smaller_ones() -> None:
    options = THREE + simple(D="four")
    mapped = mapping({"A": 1, "B": 1, "D": -1}, 'lowerBound="0" upperBound="2" defaultValue="-2"')
    text = item(choice(options, MANY), response("A;B", mapped, cardinality="multiple"), MAP)
    assert [c.weight for c in question(text).choices] == [0.5, 0.5, -1.0, -0.5]
    assert losses(text) == ["it is worth 2 points there, and here every question counts the same"]


def test_wrong_options_that_cost_nothing_are_told() -> None:
    text = several(mapping({"A": 0.5, "B": 0.5}))
    assert [c.weight for c in question(text).choices] == [0.5, 0.5, None]
    assert losses(text) == ["part credit differs: {A, B, C} earns 1 of the mark there, 0 here"]


def test_a_part_of_the_key_that_earns_all_is_refused() -> None:
    text = several(mapping({"A": 1, "B": 1, "C": -1}, 'lowerBound="0" upperBound="1"'))
    assert problem(text) == "its key cannot be expressed: several sets of options earn full marks, {A, B} and {A}"


def test_a_set_worth_more_than_the_correct_response_is_refused() -> None:
    text = several(mapping({"A": 1, "B": 1, "C": 1}))
    assert problem(text) == "its right answer is A, B, but its response processing gives more for A, B, C"


def test_a_set_without_a_key_is_refused() -> None:
    assert problem(several(correct="", processing=MATCH)) == "it does not say which answer is right"


def test_a_set_that_is_only_mapped_is_the_key() -> None:
    asked = question(several(mapping({"A": 0.5, "B": 0.5, "C": -1}, 'lowerBound="0"'), correct=""))
    assert [c.is_correct for c in asked.choices] == [True, True, False]


def test_an_answer_among_several_is_one_where_one_is_chosen_in_a_sentence() -> None:
    options = '<inlineChoice identifier="A">up</inlineChoice><inlineChoice identifier="B">down</inlineChoice>'
    asking = f'<inlineChoiceInteraction responseIdentifier="RESPONSE">{options}</inlineChoiceInteraction>'
    asked = question(item(f"<p>The link is {asking}.</p>", response("B")))
    assert (asked.type, asked.text) == ("multiple_choice", "The link is _____.")
    assert [(c.text, c.is_correct) for c in asked.choices] == [("up", False), ("down", True)]
