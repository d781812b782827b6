"""Words and short texts."""

import time
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_schema.problems import Invalid
from shared_schema.rows import Unusable
from study_service import grading


def accepted(*texts: str | tuple[str, float], **more: Any) -> list[grading.Option]:
    options: list[Any] = []
    for n, text in enumerate(texts):
        text, weight = text if isinstance(text, tuple) else (text, 1.0)
        options.append({"id": str(n), "text": text, "isCorrect": weight == 1, "weight": weight, **more})
    return grading.usable("short_answer", options)


def score(options: list[grading.Option], text: str) -> float:
    return grading.grade("short_answer", options, text).score


@pytest.mark.parametrize(
    ("wanted", "written"),
    [
        ("no one", "no one"), ("no one", "No One"), ("no one", "  no \t one\n"), ("no one", "no\u00a0one"),
        ("café", "cafe\u0301"), ("cafe\u0301", "CAFÉ"), ("Straße", "STRASSE"), ("ﬁle", "file"), ("TCP", "ＴＣＰ"),
        ("Grant's", "Grant\u2019s"), ('"x"', "\u201cx\u201d"), ("a-b", "a\u2011b"), ("zero", "ze\u200bro"),
        ("ΣΑΣ", "σας"),
        ("\u212b", "å"),
    ],
)  # fmt: skip
def test_what_a_reader_cannot_tell_apart_is_the_same(wanted: str, written: str) -> None:
    grade = grading.grade("short_answer", accepted(wanted), written)
    assert (grade.is_correct, grade.score, grade.selected) == (True, 1.0, written.strip())


@pytest.mark.parametrize(
    ("wanted", "written"),
    [
        ("cafe", "café"), ("28", "2\u2078"), ("H2O", "H\u2082O"), ("1/2", "\u00bd"),
        ("no one", "noone"), ("ls -la", "ls -l a"),
        ("a", "а"),  # the second one is Cyrillic
    ],
)  # fmt: skip
def test_what_means_something_else_is_wrong(wanted: str, written: str) -> None:
    assert grading.grade("short_answer", accepted(wanted), written) == grading.Grade(False, 0.0, written)


def test_case_matters_where_the_author_says_so() -> None:
    command = accepted("ls -R", caseSensitive=True)
    assert (score(command, "ls  -R"), score(command, "ls -r")) == (1.0, 0.0)
    assert (score(accepted("ls -R"), "LS -r"), score(accepted("CAFÉ", caseSensitive=True), "CAFE\u0301")) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("pattern", "right", "wrong"),
    [
        # The examples of Moodle's documentation of the short answer question type, and of its tests.
        ("ran*", ["ran", "range", "Randy"], ["rain", "a ran"]),
        ("*blue*", ["blue", "light blue sky", "Blues"], ["bleu"]),
        (r"*\**", ["2 * 2", "*"], ["2 x 2"]),
        ("f*g", ["frog", "fg", "f g"], ["frogs", "f"]),
        ("a*b*c", ["abc", "aXXbXXbc"], ["acb", "ac"]),
        ("ab*ba", ["abba", "ab ba"], ["aba"]),
        ("*ab*ba*", ["abba", "xabxbax"], ["aba"]),
        (r"\*", ["*"], ["x", r"\*"]),
        ("x.y", ["x.y"], ["xzy"]),
        ("[a-z]", ["[a-z]"], ["b"]),
    ],
)
def test_a_star_is_any_text(pattern: str, right: list[str], wrong: list[str]) -> None:
    options: list[Any] = [{"id": "a", "text": pattern, "isCorrect": True}]
    assert [score(options, text) for text in right] == [1.0] * len(right)
    assert [score(options, text) for text in wrong] == [0.0] * len(wrong)


def test_the_first_text_that_fits_decides() -> None:
    nazareth = accepted("Nazareth", ("Nazereth", 0.75), ("Bethlehem", 0.25), ("*eth*", 0.1))
    assert [score(nazareth, text) for text in ("nazareth", "Nazereth", "Bethlehem", "Seth", "Rome")] == [
        1,
        0.75,
        0.25,
        0.1,
        0,
    ]
    assert not grading.grade("short_answer", nazareth, "Nazereth").is_correct


@pytest.mark.parametrize(
    ("options", "key"),
    [
        (("no one", "nobody"), "no one"),
        ((("no", 0.5), "nobody"), "nobody"),
        (("ran*",), "ran"),
        ((r"2 \* *2",), "2 * 2"),
    ],
)
def test_the_key_is_a_text_that_is_right(options: tuple[Any, ...], key: str) -> None:
    assert grading.key("short_answer", accepted(*options)) == key
    assert score(accepted(*options), key) == 1.0


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["  "], "has an accepted text that is not 1 to 500 characters"),
        (["x" * 501], "has an accepted text that is not 1 to 500 characters"),
        (["*"], "has no right text that an answer can be"),
        ([("a*", 0.5), "abc"], "has no right text that an answer can be"),
    ],
)
def test_texts_that_nobody_could_give_are_not_asked(options: list[Any], problem: str) -> None:
    with pytest.raises(Unusable) as refused:
        accepted(*options)
    assert refused.value.problem == problem


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (["no one"], "This question takes a text."),
        ({"x": 1, "y": 1}, "This question takes a text."),
        ("", "This question takes a text."),
        (" \u200b ", "This question takes a text."),
        ("x" * 501, "Longer than 500 characters."),
    ],
)
def test_what_is_no_text_is_refused(written: Any, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        grading.grade("short_answer", accepted("no one"), written)
    assert refused.value.fields == {"selected_answer": [message]}


@given(st.text(min_size=1, max_size=20), st.sampled_from(["NFC", "NFD"]))
def test_every_way_to_write_a_text_is_the_same(text: str, form: Any) -> None:
    options: list[Any] = [{"id": "a", "text": text.replace("*", r"\*").replace(r"\\*", r"\*"), "isCorrect": True}]
    try:
        grading.usable("short_answer", options)
    except Unusable:
        return
    key = grading.key("short_answer", options)
    assert score(options, key) == 1.0
    assert score(options, f"  {unicodedata.normalize(form, key)} ") == 1.0


def test_many_stars_take_no_time() -> None:
    options: list[Any] = [{"id": "a", "text": "*a" * 200 + "b", "isCorrect": True}]
    started = time.process_time()
    assert score(options, "a" * 499) == 0.0
    assert time.process_time() - started < 0.1
