"""Orders and pairs of QTI items."""

import pytest

from tests.study_service.banks.qti_texts import (
    MAP,
    MATCH,
    interaction,
    item,
    losses,
    mapping,
    problem,
    question,
    response,
    simple,
)

STEPS = simple(A="plan", B="do", C="check")


def order(
    correct: str, options: str = STEPS, mapped: str = "", processing: str = MATCH, cardinality: str = "ordered"
) -> str:
    return item(interaction("order", options, "Order!"), response(correct, mapped, cardinality=cardinality), processing)


def test_an_order_has_places() -> None:
    asked = question(order("C;A;B"))
    assert (asked.type, asked.text) == ("drag_drop", "Order!")
    assert [(c.text, c.is_correct, c.place, c.name) for c in asked.choices] == [
        ("plan", True, 1, "A"),
        ("do", True, 2, "B"),
        ("check", True, 0, "C"),
    ]


def test_an_option_outside_of_the_order_has_no_place() -> None:
    fixed = STEPS.replace('identifier="C"', 'identifier="C" fixed="true"')
    assert [(c.is_correct, c.place, c.fixed) for c in question(order("B;A", fixed)).choices] == [
        (True, 1, None),
        (True, 0, None),
        (False, None, True),
    ]


def named(*orders: tuple[str, int]) -> str:
    branches = "".join(
        "<responseCondition><responseIf><match><variable identifier='RESPONSE'/><ordered>"
        + "".join(f"<baseValue baseType='identifier'>{name}</baseValue>" for name in names)
        + f"</ordered></match><setOutcomeValue identifier='SCORE'><baseValue baseType='float'>{score}</baseValue>"
        "</setOutcomeValue></responseIf></responseCondition>"
        for names, score in orders
    )
    return f"<responseProcessing>{branches}</responseProcessing>"


def test_part_credit_of_an_order_is_told() -> None:
    text = order("A;B;C", processing=named(("ABC", 1), ("CBA", 0.5)))
    assert losses(text) == ["part credit differs: an answer earns 0.5 of the mark there"]


def test_an_order_that_only_the_processing_names() -> None:
    assert [c.place for c in question(order("", processing=named(("BCA", 1)))).choices] == [2, 0, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (order(""), "it does not say which order is right"),
        (order("", processing=named(("ABC", 1), ("CBA", 1))), "it does not say which order is right"),
        (order("A"), "its right order is not one of two of its options at least"),
        (order("A;Z"), "its right order is not one of two of its options at least"),
        (order("A;A;B"), "its right order is not one of two of its options at least"),
        (
            order("A;B;C", mapped=mapping({"A": 1, "B": 1, "C": 1}), processing=MAP),
            "its key cannot be expressed: more than one order, or another than the right one, earns most",
        ),
        (
            order("A;B;C", cardinality="multiple"),
            "options are put in an order, but the cardinality of its response is not 'ordered'",
        ),
        (order("A;B", simple(A="a", B="a")), "two options have the same text"),
    ],
)
def test_orders_that_are_refused(text: str, message: str) -> None:
    assert problem(text) == message


def side(most: int, **texts: str) -> str:
    options = "".join(
        f'<simpleAssociableChoice identifier="{name}" matchMax="{most}">{text}</simpleAssociableChoice>'
        for name, text in texts.items()
    )
    return f"<simpleMatchSet>{options}</simpleMatchSet>"


NAMES, PORTS = side(1, D="DNS", S="SSH"), side(2, P="53", Q="22", R="80")


def match(correct: str, left: str = NAMES, right: str = PORTS, mapped: str = "", processing: str = MATCH) -> str:
    declared = response(correct, mapped, "directedPair", "multiple")
    return item(interaction("match", left + right, "Pair!"), declared, processing)


def test_pairs_have_targets() -> None:
    asked = question(match("D P;S Q"))
    assert (asked.type, asked.text) == ("drag_drop", "Pair!")
    assert [(c.text, c.is_correct, c.target, c.is_target, c.name) for c in asked.choices] == [
        ("DNS", True, "53", False, "D"),
        ("SSH", True, "22", False, "S"),
        ("53", False, None, True, "P"),
        ("22", False, None, True, "Q"),
        ("80", False, None, True, "R"),
    ]


def test_lists_are_turned_round_where_only_that_gives_each_option_one_target() -> None:
    asked = question(match("D P;S Q;D R"))
    assert [(c.text, c.target) for c in asked.choices if not c.is_target] == [
        ("53", "DNS"),
        ("22", "SSH"),
        ("80", "DNS"),
    ]
    assert [c.text for c in asked.choices if c.is_target] == ["DNS", "SSH"]


def test_part_credit_of_pairs() -> None:
    even = mapping({"D P": 0.5, "S Q": 0.5})
    assert losses(match("D P;S Q", mapped=even, processing=MAP)) == [
        "part credit is given here only in exams that give it"
    ]
    uneven = mapping({"D P": 0.75, "S Q": 0.25})
    told = losses(match("D P;S Q", mapped=uneven, processing=MAP))
    assert told == ["part credit differs: an answer earns 0.25 of the mark there"]


def test_pairs_that_are_only_mapped() -> None:
    asked = question(match("", mapped=mapping({"D P": 0.5, "S Q": 0.5, "S R": -1}), processing=MAP))
    assert [c.target for c in asked.choices if not c.is_target] == ["53", "22"]


def test_without_a_score_the_correct_response_is_the_key() -> None:
    scoreless = "<responseProcessing><setOutcomeValue identifier='X'><null/></setOutcomeValue></responseProcessing>"
    told = ["its response processing scores all answers alike; its correctResponse is taken as the key"]
    assert [c.place for c in question(order("B;A", processing=scoreless)).choices] == [1, 0, None]
    assert losses(order("B;A", processing=scoreless)) == told
    assert [c.target for c in question(match("D P;S Q", processing=scoreless)).choices[:2]] == ["53", "22"]
    assert losses(match("D P;S Q", processing=scoreless)) == told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (match(""), "it does not say which pairs are right"),
        (match("D P"), "its key cannot be expressed: an option belongs to none, or to one that is not there"),
        (match("D P;S Z"), "its key cannot be expressed: an option belongs to none, or to one that is not there"),
        (match("D P;D Q;S P"), "its key cannot be expressed: an option belongs to more than one other"),
        (match("D P", side(1, D="DNS")), "two pairs are needed at least"),
        (match("D P;S Q", NAMES, ""), "its options to match are not two lists"),
        (
            match("D P;S Q").replace("directedPair", "pair"),
            "pairs are made, but its response is no set of directed pairs",
        ),
        (
            match("D P;S Q", mapped=mapping({"D P": 1, "S Q": 1, "D R": 1}), processing=MAP),
            "its key cannot be expressed: other pairs than the right ones earn as much",
        ),
    ],
)
def test_pairs_that_are_refused(text: str, message: str) -> None:
    assert problem(text) == message


def gap_match(correct: str, words: str) -> str:
    text = '<p>Now is the <gap identifier="G1"/> made <gap identifier="G2"/> by York.</p>'
    declared = response(correct, kind="directedPair", cardinality="multiple")
    return item(interaction("gapMatch", words + text, "Fill in."), declared)


WORDS = "".join(
    f'<gapText identifier="{name}" matchMax="1">{name}</gapText>' for name in ("winter", "summer", "autumn")
)


def test_gaps_are_options_by_their_numbers() -> None:
    asked = question(gap_match("winter G1;summer G2", WORDS))
    assert asked.text == "Fill in.\nNow is the [1] made [2] by York."
    assert [(c.text, c.target, c.name) for c in asked.choices if not c.is_target] == [
        ("[1]", "winter", "G1"),
        ("[2]", "summer", "G2"),
    ]
    assert [c.text for c in asked.choices if c.is_target] == ["winter", "summer", "autumn"]


def test_gaps_that_take_pictures_are_refused() -> None:
    assert (
        problem(gap_match("winter G1;summer G2", WORDS + '<gapImg identifier="i"/>'))
        == "what its gaps take are pictures"
    )
