"""Any file is read: hostile ones, and made-up ones; nothing is lost on the way."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study_service.banks import gift
from tests.study_service.banks.gift_texts import escaped, question, read

HOSTILE = [
    *("{", "}", "~", "=", "#", "\\", "%", ":", " ", "/", "\0", "a", "=%1", "~a ", "{T}\n", "{\n\n", "}\n\n", "a\n\n"),
    *(
        "// [tag:a\n",
        "// [id:[tag:",
        "// \\]",
        "$CATEGORY: a\n",
        "$CATEGORY:/ ",
        "// a\n",
        "Port 22 is SSH.{=yes ~no#22}\n\n",
        "[html]a{=<b>a</b> ~b}\n\n",
    ),
]
HOSTILE_HTML = ["<", "<a ", "<a/", "<a b='", "<!--", "</", "<?", "<!", "&", "&#1", "<p> ", "<pre> ", "<script></ "]


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("start", ["", "Which? {", "Which? {=%"])
def test_long_file_is_not_read_in_quadratic_time(start, piece):
    data = (start + piece * (100_000 // len(piece))).encode()
    started = time.process_time()
    gift.read(data)
    assert time.process_time() - started < 3


@pytest.mark.parametrize("piece", HOSTILE_HTML)
def test_long_html_is_not_read_in_quadratic_time(piece):
    data = ("[html]" + escaped(piece) * (100_000 // len(piece)) + "{T}").encode()
    started = time.process_time()
    gift.read(data)
    assert time.process_time() - started < 3


SIGNS = ["\\", "~", "=", "#", "####", "{", "}", "{T}", ":", "::", "%", "%50%", "->", "\n", "\r", "\n\n", "//", " ", "n"]
WORDS = [
    "a",
    "b",
    "[html]",
    "[plain]",
    "<b>",
    "<!",
    "<![",
    "<p",
    "&amp",
    "$CATEGORY:",
    "[id:",
    "[tag:",
    "]",
    "/",
    ".",
    "?",
    "\0",
    "\ufeff",
]
gift_like = st.lists(st.sampled_from(SIGNS + WORDS), max_size=60).map("".join)


@given(st.one_of(st.binary(), st.text().map(str.encode), gift_like.map(str.encode)))
def test_anything_is_read_and_each_item_told_once(data):
    bank = gift.read(data)
    if [p for p in bank.problems if p.item == 0]:
        assert (bank.questions, len(bank.problems)) == ([], 1)
    else:
        items = sorted(entry.item for entry in [*bank.questions, *bank.problems])
        assert items == list(range(1, len(items) + 1))


@given(gift_like)
def test_questions_are_always_fit_to_be_asked(text):
    for asked in read(text).questions:
        right = sum(choice.is_correct for choice in asked.choices)
        assert asked.text.strip() == asked.text != ""
        fewest = 1 if asked.type in ("short_answer", "numeric") else 2
        assert len({(choice.text, choice.is_target) for choice in asked.choices}) == len(asked.choices) >= fewest
        assert right >= 1 if asked.type != "true_false" else right == 1


told = (
    st.text(st.one_of(st.sampled_from("~=#{}:%\\n/[] \n"), st.characters(exclude_categories=["Cc", "Cs"])), min_size=1)
    .map(str.strip)
    .filter(bool)
)


@given(told, st.lists(told, min_size=2, max_size=26, unique=True), told)
def test_any_text_survives_writing_and_reading(text, texts, why):
    first, *others = texts
    right = f"=%100%[plain]{escaped(first)}#[plain]{escaped(why)}"
    wrong = "".join(f"~%0%[plain]{escaped(other)}" for other in others)
    asked = question(f"[plain]{escaped(text)}{{{right}{wrong}####[plain]{escaped(why)}}}")
    assert (asked.text, asked.explanation) == (text, why)
    assert [choice.text for choice in asked.choices] == texts
    assert [choice.is_correct for choice in asked.choices] == [True] + [False] * len(others)
    assert asked.choices[0].explanation == why
