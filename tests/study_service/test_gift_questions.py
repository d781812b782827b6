"""Where the text of a GIFT question ends, which types can be asked, and braces that do not match."""

import pytest

from tests.study_service.gift_texts import options, problem, question, read


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("OSPF is {%s} state.", "OSPF is _____ state."),
        ("OSPF is{%s}state.", "OSPF is _____ state."),
        ("OSPF is {%s}\nstate.", "OSPF is _____\nstate."),
        ("OSPF uses {%s} .", "OSPF uses _____."),
        ("OSPF (see {%s}) routes", "OSPF (see _____) routes"),
        ('The "{%s}" layer', 'The "_____" layer'),
        ("{%s} routes packets.", "_____ routes packets."),
        ("What routes packets? {%s}.", "What routes packets?"),
        ("This routes packets\\: {%s} . ", "This routes packets:"),
        ("What routes packets {%s} ?", "What routes packets _____?"),
        ("What routes packets?\n{%s}", "What routes packets?"),
        ('[html]<p>Say "{%s}" <b>now</b></p>', 'Say "_____" now'),
        ("[html]<p>The <b>OSI</b> {%s}</p>", "The OSI"),
        ("[html]<p>Of</p>{%s}<p>seven layers</p>", "Of\n_____\nseven layers"),
    ],
)
def test_text_after_the_braces_leaves_a_blank(written, shown):
    assert question(written % "=a ~b").text == shown


def test_true_false_keeps_text_after_the_braces():
    assert question("A VLAN is {T} a broadcast domain.").text == "A VLAN is _____ a broadcast domain."


@pytest.mark.parametrize("written", ["T", "true", "TRUE", " True ", "t"])
def test_true_statement(written):
    asked = question(f"ARP finds MAC addresses.{{{written}}}")
    assert asked.type == "true_false"
    assert [(c.text, c.is_correct, c.explanation, c.weight) for c in asked.choices] == [
        ("True", True, None, None),
        ("False", False, None, None),
    ]


@pytest.mark.parametrize("written", ["F", "false", "FALSE", " False ", "f"])
def test_false_statement(written):
    assert options(f"ARP finds names.{{{written}}}") == [("True", False), ("False", True)]


@pytest.mark.parametrize(
    ("written", "true", "false"),
    [
        ("T#It does.#Indeed.", "Indeed.", "It does."),
        ("F#It does not.#Indeed.", "It does not.", "Indeed."),
        ("FALSE # It does not.", "It does not.", None),
        ("T##Indeed.", "Indeed.", None),
        ("T#a=b#c#d", "c#d", "a=b"),
    ],
)
def test_first_feedback_is_for_the_wrong_answer(written, true, false):
    assert [choice.explanation for choice in question(f"BGP uses TCP.{{{written}}}").choices] == [true, false]


def test_true_false_has_general_feedback_too():
    asked = question("BGP uses TCP.{T#It does.#Indeed.####Port 179.}")
    assert asked.explanation == "Port 179."
    assert [choice.explanation for choice in asked.choices] == ["Indeed.", "It does."]


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("Explain NAT.{}", "essay"),
        ("Explain NAT.{ \n ####Take your time.}", "essay"),
        ("Now some questions about routing.", "description"),
    ],
)
def test_types_that_cannot_be_asked_yet(written, kind):
    assert problem(written).message.startswith(f"{kind} questions cannot be asked yet")


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("A hub.{T}\nA switch.{F}", "more than one {…}"),
        ("Which? {=a {b} ~c}", "more than one {…}"),
        ("Which? {=a ~b", "unclosed {…}: no }"),
        ("Which? =a ~b}", "a } without its {"),
        ("Which? {=a ~b}}", "a } without its {"),
    ],
)
def test_braces_that_do_not_match(written, message):
    assert problem(written).message.startswith(message)


def test_blank_line_inside_the_braces_breaks_one_question_and_no_other():
    bank = read("A hub.{T}\n\nWhich? {\n\n=a\n\n~b\n}\n\nA switch.{T}")
    assert [(q.item, q.line) for q in bank.questions] == [(1, 1), (3, 10)]
    assert [(p.item, p.line) for p in bank.problems] == [(2, 3)]
    assert bank.problems[0].message.startswith("unclosed {…}: a blank line stands inside it")


def test_question_after_an_unclosed_one_is_read():
    bank = read("Which? {\n=a\n\nA note.\n\nA switch.{T}\n\n$CATEGORY: x\n\nWhich? {~a\n$CATEGORY: y\n=b}")
    assert [(q.item, q.line) for q in bank.questions] == [(3, 6)]
    assert [(p.item, p.line, p.message.split(" ")[0]) for p in bank.problems] == [
        (1, 1, "unclosed"),
        (2, 4, "description"),
        (4, 10, "unclosed"),
        (5, 12, "a"),
    ]
