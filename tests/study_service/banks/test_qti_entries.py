"""Texts and numbers that are written into QTI items."""

import pytest

from tests.study_service.banks.qti_texts import (
    MAP,
    MAPPED,
    MATCH,
    VARIABLE,
    item,
    losses,
    mapping,
    number,
    problem,
    processing,
    question,
    response,
    score,
    sets,
    when,
)

BODY = '<p>Made summer by this sun of <textEntryInteraction responseIdentifier="RESPONSE"/>; and all.</p>'


def text(correct: str = "", mapped: str = "", handled: str = MAP, kind: str = "string", after: str = "") -> str:
    outcome = '<outcomeDeclaration identifier="FEEDBACK" cardinality="single" baseType="identifier"/>' if after else ""
    return item(BODY, response(correct, mapped, kind) + outcome, handled, after=after)


def test_accepted_texts_are_those_that_are_mapped() -> None:
    asked = question(text("York", mapping({"York": 1, "york": 0.5, "Leeds": 0})))
    assert (asked.type, asked.text) == ("short_answer", "Made summer by this sun of _____; and all.")
    assert [(c.text, c.is_correct, c.weight, c.case_sensitive, c.name) for c in asked.choices] == [
        ("York", True, None, True, None),
        ("york", False, 0.5, True, None),
        ("Leeds", False, None, True, None),
    ]
    assert [score(asked, given) for given in ("York", "york", "YORK")] == [(True, 1), (False, 0.5), (False, 0)]


def test_case_matters_unless_the_item_says_it_does_not() -> None:
    asked = question(text("York", mapping({"York": 1}, case=' caseSensitive="false"')))
    assert (asked.choices[0].case_sensitive, score(asked, "YORK")) == (False, (True, 1.0))
    assert question(text("York", handled=MATCH)).choices[0].case_sensitive is True


def test_a_star_is_meant_as_one() -> None:
    assert [c.text for c in question(text("*.txt", handled=MATCH)).choices] == [r"\*.txt"]


def test_a_blank_at_the_end_is_left_out() -> None:
    body = '<p>Which port?</p><p><textEntryInteraction responseIdentifier="RESPONSE"/></p>'
    assert question(item(body, response("https", kind="string"))).text == "Which port?"


def matched(*words: str, case: str = "false") -> str:
    tests = "".join(
        f'<stringMatch caseSensitive="{case}">{VARIABLE}<baseValue baseType="string">{word}</baseValue></stringMatch>'
        for word in words
    )
    return f"<or>{tests}</or>"


def test_texts_that_the_processing_names() -> None:
    handled = processing(when(matched("York", "Eboracum"), sets("SCORE", number(1))))
    asked = question(text(handled=handled))
    assert [(c.text, c.is_correct, c.case_sensitive) for c in asked.choices] == [
        ("York", True, False),
        ("Eboracum", True, False),
    ]


def modal(identifier: str, words: str) -> str:
    return (
        f'<modalFeedback outcomeIdentifier="FEEDBACK" identifier="{identifier}" showHide="show">{words}</modalFeedback>'
    )


def test_feedback_of_a_text_and_of_all_others() -> None:
    shown = [sets("FEEDBACK", f'<baseValue baseType="identifier">{name}</baseValue>') for name in ("yes", "no", "any")]
    chain = when(matched("York"), sets("SCORE", number(1)), shown[0]).replace("</responseCondition>", "")
    chain += f"<responseElseIf>{matched('Leeds')}{shown[1]}</responseElseIf>"
    chain += f"<responseElse>{shown[2]}</responseElse></responseCondition>"
    after = modal("yes", "Yes.") + modal("no", "North of it.") + modal("any", "Read it again.")
    asked = question(text(handled=processing(chain), after=after))
    assert [(c.text, c.is_correct, c.explanation) for c in asked.choices] == [
        ("York", True, "Yes."),
        ("Leeds", False, "North of it."),
        ("*", False, "Read it again."),
    ]


def equal(value: str, attributes: str = "") -> str:
    return f'<equal {attributes}>{VARIABLE}<baseValue baseType="float">{value}</baseValue></equal>'


def between(low: str, high: str, tags: str = "gte lte") -> str:
    least, most = tags.split()
    limits = [f'<baseValue baseType="float">{value}</baseValue>' for value in (low, high)]
    return f"<and><{least}>{VARIABLE}{limits[0]}</{least}><{most}>{VARIABLE}{limits[1]}</{most}></and>"


def numeric(test: str, correct: str = "", kind: str = "float") -> str:
    return text(correct, handled=processing(when(test, sets("SCORE", number(1)))), kind=kind)


@pytest.mark.parametrize(
    ("test", "accepted"),
    [
        (equal("3.10"), {"value": "3.10"}),
        (equal("3.1", 'toleranceMode="absolute" tolerance="0.05"'), {"value": "3.1", "tolerance": "0.05"}),
        (equal("3.1", 'toleranceMode="absolute" tolerance=".1 .1"'), {"value": "3.1", "tolerance": ".1"}),
        (equal("200", 'toleranceMode="relative" tolerance="5"'), {"value": "200", "tolerance": "10"}),
        (equal("3.1", 'toleranceMode="absolute" tolerance="0.1 0.2"'), {"low": "3", "high": "3.3"}),
        (between("1e2", "200"), {"low": "1e2", "high": "200"}),
    ],
)
def test_numbers_with_their_limits(test: str, accepted: dict[str, str]) -> None:
    asked = question(numeric(test))
    assert (asked.type, [c.number for c in asked.choices]) == ("numeric", [accepted])
    assert asked.choices[0].is_correct


def test_a_number_of_the_declaration() -> None:
    assert [c.number for c in question(text("42", handled=MATCH, kind="integer")).choices] == [{"value": "42"}]
    asked = question(text("42", mapping({"42": 1, "41": 0.5}), kind="integer"))
    assert [(c.text, c.is_correct, c.weight) for c in asked.choices] == [("42", True, None), ("41", False, 0.5)]
    assert [score(asked, given) for given in ("42", "41.0", "40")] == [(True, 1), (False, 0.5), (False, 0)]


def test_a_number_that_the_processing_compares_with_the_declaration() -> None:
    test = f"<equal toleranceMode='absolute' tolerance='2'>{VARIABLE}<correct identifier='RESPONSE'/></equal>"
    assert [c.number for c in question(numeric(test, "300")).choices] == [{"value": "300", "tolerance": "2"}]


def test_the_correct_response_is_one_of_a_range() -> None:
    assert [c.number for c in question(numeric(between("1", "3"), "2")).choices] == [{"low": "1", "high": "3"}]


def test_a_number_in_a_range_before_it_decides_about_the_rest_of_its_own() -> None:
    chain = when(equal("2"), sets("SCORE", number(1))).replace("</responseCondition>", "")
    chain += f"<responseElseIf>{between('1', '3')}{sets('SCORE', number(0.5))}</responseElseIf></responseCondition>"
    asked = question(text(handled=processing(chain), kind="float"))
    assert [(c.text, c.is_correct, c.weight) for c in asked.choices] == [("2", True, None), ("1..3", False, 0.5)]


WIDE = 'toleranceMode="absolute" tolerance="1"'
TWICE = processing(when(equal("1", WIDE), sets("SCORE", MAPPED)), sets("X", equal("1")))
LONG = equal("1." + "1" * 60, 'toleranceMode="relative" tolerance="0.01"')
NO_NUMBER = f"<equal>{VARIABLE}<correct identifier='RESPONSE'/></equal>"
EXCLUSIVE = 'toleranceMode="absolute" tolerance="1" includeLowerBound="false"'


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (text(), "it does not say which answer is right"),
        (text(kind="float"), "it does not say which number is right"),
        (
            text("York", mapping({"York": 1}, 'defaultValue="0.5"')),
            "its key cannot be expressed: any answer earns something",
        ),
        (
            text("York", mapping({"Leeds": 1, "York": 0.5})),
            "its correctResponse is York, but its response processing gives most for Leeds",
        ),
        (text("a", handled=MATCH, kind="duration"), "what is written is neither a text nor a number, but a 'duration'"),
        (text("x" * 501, handled=MATCH), "an accepted text is not 1 to 500 characters"),
        (text("", mapping({f"a{n}": 1 for n in range(27)})), "27 accepted texts, where at most 26 may be"),
        (numeric(equal("3", EXCLUSIVE)), "its key cannot be expressed: 2 is right or wrong against its limits"),
        (numeric(equal("3", 'toleranceMode="own"')), "its response processing has a tolerance that is not understood"),
        (numeric(between("1", "3", "gte lt")), "it does not say which number is right"),
        (
            text("", mapping({str(n): 1 for n in range(27)}), kind="float"),
            "27 accepted numbers, where at most 26 may be",
        ),
        (
            text("5", handled=MATCH, kind="float").replace('"single"', '"multiple"', 1),
            "a number is written, but the cardinality of its response is not 'single'",
        ),
        (
            text("", mapping({"1": 1}), TWICE, "float"),
            "its key cannot be expressed: a number is accepted that others before it have accepted",
        ),
        (
            numeric(f"<equal>{VARIABLE}<correct identifier='RESPONSE'/></equal>"),
            "its correctResponse is not one number",
        ),
        (
            numeric(LONG),
            "a number has more than 64 digits",
        ),
        (text("1/3", handled=MATCH, kind="float"), "'1/3' is not a number"),
        (
            item(BODY, response("a", kind="string", cardinality="multiple")),
            "a text is written, but the cardinality of its response is not 'single'",
        ),
    ],
)
def test_refused(file: str, message: str) -> None:
    assert problem(file) == message


def test_other_credit_than_ours_is_told() -> None:
    assert losses(text("a", mapping({"a": 1, "b": -0.5}))) == [
        "part credit differs: b earns -0.5 of the mark there, 0 here"
    ]
