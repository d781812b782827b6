"""GIFT as it is written: read again it is the same bank, but for what the writer says is lost."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study_service.banks import gift
from study_service.banks.bank import Bank, Choice, Exam, Objective, Problem, Question
from tests.study_service.banks import text_banks
from tests.study_service.banks.gift_texts import read

YES_NO = (Choice("yes", True), Choice("no", False))


def one(kind: str, *choices: Choice, text: str = "Which?", **more: object) -> Question:
    return Question(1, None, text, kind, choices or YES_NO, **more)


def lost(question: Question) -> list[str]:
    """The losses of a question that is written."""
    written = gift.write(Bank([question]))
    assert len(gift.read(written.data).questions) == 1
    return [loss.message for loss in written.losses]


def left_out(question: Question) -> str:
    written = gift.write(Bank([question]))
    assert written.data == b""
    (loss,) = written.losses
    assert loss.item == question.item
    return loss.message


names = st.text(st.sampled_from("ab/ ]\\"), min_size=1, max_size=6).map(str.strip).filter(bool)
noted = st.builds(
    lambda question, objective, name, tags: replace(question, objective=objective, external_id=name, tags=tuple(tags)),
    text_banks.questions(),
    st.none() | st.sampled_from(["LAN", "TCP/IP", "Wide area", "top"]),
    st.none() | names.filter(lambda name: "\\" not in name),
    st.lists(names.filter(lambda name: "\\" not in name), max_size=2, unique=True),
)


@settings(max_examples=40, deadline=None)
@given(text_banks.banks(noted))
def test_any_bank_that_gift_can_carry_is_the_same_when_it_is_read_again(bank):
    written = gift.write(bank)
    assert written.losses == []
    again = gift.read(written.data)
    assert (again.problems, again.losses) == ([], [])
    assert text_banks.bare(again) == text_banks.bare(bank)


anything = st.builds(
    Choice,
    text=text_banks.texts,
    is_correct=st.booleans(),
    explanation=text_banks.some,
    weight=text_banks.weights,
    target=text_banks.some,
    is_target=st.booleans(),
    number=text_banks.numbers,
    fixed=st.sampled_from([None, True, False]),
    place=st.none() | st.integers(0, 3),
    case_sensitive=st.booleans(),
)
odd = st.builds(
    Question,
    item=st.just(1),
    line=st.none(),
    text=text_banks.texts,
    type=st.sampled_from([*text_banks.CHOICES, "hotspot"]),
    choices=st.lists(anything, max_size=3).map(tuple),
    explanation=text_banks.some,
    difficulty=st.integers(1, 5),
)


@settings(max_examples=40, deadline=None)
@given(text_banks.banks(odd))
def test_a_question_is_written_with_its_key_or_left_out(bank):
    written = gift.write(bank)
    out = {loss.item for loss in written.losses if loss.message.startswith("left out: ")}
    again = gift.read(written.data)
    assert again.problems == []
    kept = [question for question in bank.questions if question.item not in out]
    assert [question.text for question in again.questions] == [question.text for question in kept]
    for question, other in zip(kept, again.questions, strict=True):
        if question.type in ("multiple_choice", "multi_select"):
            assert [(c.text, c.is_correct) for c in other.choices] == [(c.text, c.is_correct) for c in question.choices]


def test_the_file_by_its_letters():
    choices = (
        *(Choice("<prefix>", True, "Right."), Choice("%50% load", False, None, 0.25)),
        *(Choice("[html]", False, "a = b"), Choice("C:\\new", False, None, -1 / 3)),
    )
    first = one("multiple_choice", *choices, text="Which {x}?\n[1]", objective="TCP/IP", explanation="Port: ~1")
    second = one("numeric", Choice("", True, number={"value": "1"}), Choice("", False), objective="TCP/IP")
    third = one("true_false", Choice("False", True, "Yes."), Choice("True", False), external_id="a]1", tags=("b", "c"))
    written = gift.write(Bank([first, replace(second, item=2), replace(third, item=3)]))
    assert written.data.decode() == (
        "$CATEGORY: $course$/top/TCP//IP\n\n"
        "[plain]Which \\{x\\}?\\n[1] {\n"
        "\t=<prefix>#Right.\n\t~%25%[plain]%50% load\n\t~[plain][html]#a \\= b\n"
        "\t~%-33.33333333333333%C\\:\\\\new\n\t####Port\\: \\~1\n}\n\n"
        "[plain]Which? {#\n\t=1\n\t~#\n}\n\n"
        "$CATEGORY: $course$/top\n\n"
        "// [id:a\\]1] [tag:b] [tag:c]\n[plain]Which? {\n\tFALSE##Yes.\n}\n"
    )
    assert [(loss.item, loss.message) for loss in written.losses] == [
        (2, "how option 1 is written"),
        (2, "how option 2 is written"),
        (3, "the order of its options"),
    ]


def test_what_gift_has_no_place_for_is_told():
    more = {
        "reference": "RFC 1",
        "external_link": "https://a.example",
        "difficulty": 4,
        "image_url": "https://a.example/b.png",
        "unit": "V",
        "units": {"mV": "0.001"},
    }
    number = Choice("1", True, number={"value": "1"})
    assert lost(one("numeric", number, **more)) == [
        "its reference",
        "its link",
        "its difficulty",
        "its picture",
        "its unit",
        "its other units",
    ]


A, B, WRONG = Choice("a", True), Choice("b", True), Choice("c", False)
RENAMED = ["how option 1 is written", "how option 2 is written"]
TO_X = (replace(A, target="x"), replace(B, target="x"))


@pytest.mark.parametrize(
    ("question", "losses"),
    [
        (one("short_answer", Choice("ls", True, case_sensitive=True)), ["that capital letters count"]),
        (one("multiple_choice", replace(A, name="x"), replace(WRONG, name="y")), ["the ids of its options"]),
        (one("multiple_choice", replace(A, fixed=True), WRONG), ["which options stay last"]),
        (one("multiple_choice", replace(A, fixed=False), Choice("All of the above", False, fixed=True)), []),
        (one("multiple_choice", replace(A, weight=1.0), replace(WRONG, weight=0.0)), []),
        (one("multiple_choice", A, B, WRONG), []),
        (one("multi_select", replace(A, weight=1.0), replace(WRONG, weight=-1.0)), []),
        (one("multi_select", replace(A, weight=0.6), replace(B, weight=0.4), WRONG), []),
        (one("multi_select", A, WRONG), ["that nothing but the whole key earns anything"]),
        (one("true_false"), ["its type, true_false"]),
        (one("true_false", Choice("TRUE", True), Choice("FALSE", False)), RENAMED),
        (one("multiple_choice", text=" a\r\nb "), ["spaces or line breaks in its text"]),
        (one("multiple_choice", Choice(" x", True), Choice("a ", False)), RENAMED),
        (one("multiple_choice", replace(A, explanation=" "), WRONG), ["the feedback of option 1"]),
        (one("multiple_choice", tags=("a\\", "b")), ["its tags"]),
        (one("multiple_choice", objective=" a"), ["its objective"]),
        (one("multiple_choice", objective="/a"), []),
        (one("drag_drop", TO_X[0], replace(TO_X[1], explanation="why")), ["the feedback of option 2"]),
        (one("drag_drop", *TO_X, Choice("x", False, is_target=True, name="t")), []),
    ],
)
def test_losses_of_questions_that_are_written(question, losses):
    assert lost(question) == losses


def test_without_weights_right_options_share_and_a_wrong_one_costs_all_in_moodle():
    choices = (Choice("a", True), Choice("b", True), Choice("c", False))
    assert b"~%50%a\n\t~%50%b\n\t~%-100%c\n" in gift.write(Bank([one("multi_select", *choices)])).data


UNLIKE = "GIFT has no questions like this one"
OTHERS = "its answers would become others"


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (one("hotspot"), f"{UNLIKE} (hotspot)"),
        (one("drag_drop", replace(A, place=0), replace(B, place=1)), f"{UNLIKE} (drag_drop)"),
        (one("drag_drop", TO_X[0]), "a matching question has two pairs at least"),
        (one("drag_drop", TO_X[0], Choice("b->c", True, target="x")), OTHERS),
        (one("short_answer", Choice("a->b", True), B), "answer 2 of a matching question has no ->"),
        (one("multi_select", replace(A, weight=0.5), WRONG), "the right answers' weights add up to 50 %, not to 100 %"),
        (one("multi_select", A, replace(WRONG, weight=1.0)), OTHERS),
        (one("multiple_choice", A, replace(WRONG, weight=1.0)), OTHERS),
        (one("multiple_choice", WRONG, Choice("d", False)), "no right answer"),
        (one("multiple_choice", A, Choice("a ", False)), "two options have the same text"),
        (one("multiple_choice", text="a\0"), "there is a NUL character in it or in its category"),
        (one("multiple_choice", objective="a" * 201), "the name of its category is longer than 200 characters"),
    ],
)
def test_questions_that_gift_cannot_carry_are_left_out_with_the_reason(question, reason):
    assert left_out(question) == f"left out: {reason}"


def test_the_other_questions_keep_their_objectives():
    lan, wan = one("multiple_choice", objective="LAN"), one("multiple_choice", objective="WAN")
    bank = Bank(
        [lan, replace(one("hotspot"), item=2), replace(wan, item=3), replace(wan, item=4), replace(lan, item=5)]
    )
    written = gift.write(bank)
    assert [question.objective for question in gift.read(written.data).questions] == ["LAN", "WAN", "WAN", "LAN"]
    assert [loss.item for loss in written.losses] == [2]


def test_of_exam_and_objectives_only_names_of_objectives_in_use_are_written():
    objectives = [Objective("LAN"), Objective("WAN", weight=0.5), Objective("MAN"), Objective("PAN", "short")]
    questions = [one("multiple_choice", objective="LAN"), one("multiple_choice", objective="WAN")]
    written = gift.write(Bank(questions, exam=Exam("A", "B", "C"), objectives=objectives))
    assert written.losses == [
        Problem(0, None, "the exam's vendor, code and name"),
        Problem(0, None, 'description, weight or code of the objective "WAN"'),
        Problem(0, None, 'the objective "MAN"'),
        Problem(0, None, 'the objective "PAN"'),
    ]


def test_an_empty_bank_is_an_empty_file():
    assert gift.write(Bank()) == gift.write(read(""))
    assert (gift.write(Bank()).data, gift.write(Bank()).losses) == (b"", [])
