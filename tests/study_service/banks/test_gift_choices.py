"""The options of a GIFT question: which are right, and the credit that each earns."""

import pytest

from tests.study_service.banks.gift_texts import options, problem, question, weights


def test_multiple_choice():
    asked = question("HTTPS port?{\n  ~80 # Plain HTTP.\n  = 443\n  ~22#\n  ####See the registry.\n}")
    assert (asked.type, asked.explanation) == ("multiple_choice", "See the registry.")
    assert [(c.text, c.is_correct, c.explanation, c.weight) for c in asked.choices] == [
        ("80", False, "Plain HTTP.", None),
        ("443", True, None, None),
        ("22", False, None, None),
    ]


def test_only_the_last_four_hashes_begin_the_general_feedback():
    asked = question("Port?{~80 =443#####Note.}")
    assert (asked.choices[1].explanation, asked.explanation) == (None, "Note.")


def test_every_equals_sign_earns_full_credit():
    asked = "A private network?{=10.0.0.0/8 =172.16.0.0/12 ~8.8.8.0/24 ~%100%192.168.0.0/16}"
    assert question(asked).type == "multiple_choice"
    assert [is_correct for _, is_correct in options(asked)] == [True, True, False, True]


def test_partial_credit_is_not_right():
    asked = "Best metric?{~hops ~%50%delay =cost =%25%load ~%-33.3%luck}"
    assert [is_correct for _, is_correct in options(asked)] == [False, False, True, False, False]
    assert weights(asked) == [None, 0.5, None, 0.25, pytest.approx(-0.333)]


def test_positive_weights_without_equals_sign_make_a_multi_select():
    asked = question("Which are layer 2?{~%50%bridge ~%50.0%switch ~%-50%router ~hub}")
    assert asked.type == "multi_select"
    assert [(c.is_correct, c.weight) for c in asked.choices] == [(True, 0.5), (True, 0.5), (False, -0.5), (False, None)]


def test_thirds_need_not_add_up_exactly():
    assert question("Which?{~%33%a ~%33%b ~%33%c ~d}").type == "multi_select"
    assert question("Which?{~%33.333%a ~%33.333%b ~%33.333%c ~d}").type == "multi_select"


def test_without_an_equals_sign_several_may_be_ticked_even_if_one_is_right():
    asked = "Link-state?{~%100%OSPF ~%-100%RIP ~%-100%BGP}"
    assert question(asked).type == "multi_select"
    assert options(asked) == [("OSPF", True), ("RIP", False), ("BGP", False)]
    assert weights(asked) == [1, -1, -1]


def test_a_weight_is_read_to_its_last_digit():
    assert weights("Which?{~%33.33333333333333%a ~%66.66666666666666%b}") == [1 / 3, 2 / 3]


def test_weight_stands_first_or_not_at_all():
    assert options("Which?{=50% load ~100 % ~ %-5%%d}") == [("50% load", True), ("100 %", False), ("%d", False)]


def test_arrow_in_a_choice_is_text():
    assert options("NAT maps?{=inside -> outside ~nothing}") == [("inside -> outside", True), ("nothing", False)]


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ("~a ~b", "no right answer"),
        ("~%-50%a ~%0%b", "no right answer"),
        ("=%50%a ~b", "no right answer: no option earns full credit"),
        ("~%50%a ~b", "the right answers' weights add up to 50 %, not to 100 %"),
        ("~%60%a ~%60%b", "the right answers' weights add up to 120 %, not to 100 %"),
        ("=a ~%101%b", "option 2: its %weight% is not a number from -100 to 100"),
        ("=a ~%-100.5%b", "option 2: its %weight% is not a number from -100 to 100"),
        ("=%half%a ~b", "option 1: its %weight% is not a number from -100 to 100"),
        ("=%nan%a ~b", "option 1: its %weight% is not a number from -100 to 100"),
        ("=%1_0%a ~b", "option 1: its %weight% is not a number from -100 to 100"),
        ("=%%a ~b", "option 1: its %weight% is not a number from -100 to 100"),
        ("=a ~b ~ a", "two options have the same text"),
        ("=a ~ ", "option 2 has no text"),
        ("=a ~#why", "option 2 has no text"),
        ("=a ~%50%", "option 2 has no text"),
        ("~a", "1 option(s)"),
        ("a ~b =c", "there is text before the first answer"),
        ("=" + "a" * 2001 + " ~b", "option 1 is longer than 2,000 characters"),
        ("=a" + "".join(f" ~{n}" for n in range(26)), "27 option(s)"),
    ],
)
def test_choices_that_cannot_be_used(answers, message):
    assert problem(f"Which?{{{answers}}}").message.startswith(message)


def test_limits_themselves_are_allowed():
    answers = "=" + "a" * 2000 + "".join(f" ~{n}" for n in range(25))
    asked = question("w" * 10_000 + "{" + answers + "}")
    assert (len(asked.text), len(asked.choices)) == (10_000, 26)


def test_too_long_question_is_a_problem():
    assert problem("w" * 10_001 + "{T}").message == "the question text is longer than 10,000 characters"
