"""Response processing of QTI items: any that is understood is carried out; what is not is refused."""

import pytest

from tests.study_service.banks.qti_texts import (
    MANY,
    MAPPED,
    MATCH,
    MATCHED,
    THREE,
    VARIABLE,
    choice,
    item,
    losses,
    mapping,
    number,
    problem,
    processing,
    question,
    response,
    sets,
    several,
    simple,
    single,
    when,
)


def test_a_mapping_that_is_not_used_says_nothing() -> None:
    assert [c.weight for c in question(single(mapping({"A": 1, "B": 0.5}), processing=MATCH)).choices] == [None] * 3


def test_the_whole_key_may_earn_more_than_its_parts_together() -> None:
    text = several(
        mapping({"A": 0.25, "B": 0.25, "C": -1}, 'lowerBound="0"'),
        processing=processing(when(MATCHED, sets("SCORE", number(1)), otherwise=sets("SCORE", MAPPED))),
    )
    assert ([c.weight for c in question(text).choices], losses(text)) == ([0.25, 0.25, -1.0], [])


def test_all_or_nothing_by_a_mapping_has_no_weights() -> None:
    test = f"<equal toleranceMode='exact'>{MAPPED}{number(2)}</equal>"
    text = several(mapping({"A": 1, "B": 1, "C": -1}), processing=processing(when(test, sets("SCORE", number(1)))))
    assert ([c.weight for c in question(text).choices], losses(text)) == ([None] * 3, [])


def test_scores_that_are_summed_up_and_bounded_by_hand() -> None:
    summed = sets("SCORE", f'<sum><variable identifier="SCORE"/>{MAPPED}</sum>')
    above = f'<gt><variable identifier="SCORE"/>{number(1)}</gt>'
    below = f'<lt><variable identifier="SCORE"/>{number(0)}</lt>'
    steps = when(f"<not><isNull>{VARIABLE}</isNull></not>", summed)
    steps += when(above, sets("SCORE", number(1))) + when(below, sets("SCORE", number(0)))
    declared = '<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>'
    mapped = response("A;B", mapping({"A": 0.5, "B": 0.5, "C": -1}), cardinality="multiple")
    text = item(choice(THREE, MANY), mapped + declared, processing(steps))
    assert ([c.weight for c in question(text).choices], losses(text)) == ([0.5, 0.5, -1.0], [])


def test_no_processing_at_all_means_the_declaration() -> None:
    assert [c.is_correct for c in question(single(processing="")).choices] == [True, False, False]
    assert [c.weight for c in question(single(mapping({"A": 1, "B": 0.5}), processing="")).choices] == [None, 0.5, None]


def test_a_processing_without_a_score_leaves_the_correct_response() -> None:
    text = single(processing=processing(when(MATCHED)))
    assert [c.is_correct for c in question(text).choices] == [True, False, False]
    assert losses(text) == ["its response processing scores all answers alike; its correctResponse is taken as the key"]


def test_a_processing_of_a_set_without_a_score_leaves_the_correct_response() -> None:
    text = several(correct="C;A", processing=processing(when(MATCHED)))
    assert [c.is_correct for c in question(text).choices] == [True, False, True]
    assert losses(text) == ["its response processing scores all answers alike; its correctResponse is taken as the key"]


def test_the_processing_ends_where_it_says() -> None:
    later = sets("SCORE", number(0))
    text = single(processing=processing(when(MATCHED, sets("SCORE", number(1)), "<exitResponse/>"), later))
    assert ([c.is_correct for c in question(text).choices], losses(text)) == ([True, False, False], [])


def test_an_empty_address_of_a_template_is_none() -> None:
    assert question(single(processing='<responseProcessing template=" "/>')).choices[0].is_correct


def test_what_does_not_touch_the_score_need_not_be_understood() -> None:
    text = single(processing=processing(sets("SOUND", "<random/>"), when(MATCHED, sets("SCORE", number(1)))))
    assert losses(text) == []


REFUSED = {
    "it does not say which answer is right": item(choice(), response()),
    "its correctResponse is Z, but its response processing gives most for A": single(mapping({"A": 1}), "Z"),
    "its correctResponse is none of the answers that can be given": single(correct="Z", processing=MATCH),
    "its correctResponse names an option that it does not have": several(correct="A;Z"),
    "2 options are right, and only 1 may be chosen": several(attributes='maxChoices="1"', processing=MATCH),
    "1 options, where 2 to 26 are needed": item(choice(simple(A="a")), response("A")),
    "two options have the same text": item(choice(simple(A="a", B="a")), response("A")),
    "option 2 has no text": item(choice(simple(A="a", B=" ")), response("A")),
    "two options have the same identifier": item(choice(simple(A="a") + simple(A="b")), response("A")),
    "its options are chosen, but the cardinality of its response is 'ordered'": item(
        choice(), response("A", cardinality="ordered")
    ),
    "its response 'RESPONSE' is not declared": item(choice()),
    "its response processing is map_response, and nothing is mapped": single(),
    "its response processing is a template that is not known: http://example.com/own": item(
        choice(), response("A"), '<responseProcessing template="http://example.com/own"/>'
    ),
    "its response processing uses <random>, which is not understood": single(
        processing=processing(sets("SCORE", "<random/>"))
    ),
    "its response processing reads 'numAttempts', which is neither its response nor an outcome": single(
        processing=processing(sets("SCORE", '<variable identifier="numAttempts"/>'))
    ),
    "its response processing is too long to be understood": single(
        processing=processing(*[sets("SCORE", number(1))] * 200)
    ),
    "its response processing computes a number with too many digits": single(
        processing=processing(
            sets("SCORE", number(2)),
            *[sets("SCORE", "<product>" + '<variable identifier="SCORE"/>' * 9 + "</product>")] * 20,
        )
    ),
    "'much' is not a number": single(mapping({"A": "much"})),
    "<mapEntry> has no mappedValue": single(mapping({"A": ""})),
}


@pytest.mark.parametrize("message", REFUSED)
def test_refused(message: str) -> None:
    assert problem(REFUSED[message]) == message
