"""Any file is read as Moodle XML: hostile ones, huge ones and made-up ones; nobody else is asked on the way."""

import socket
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study_service import grading
from study_service.banks import moodlexml
from study_service.banks.bank import Bank, Problem
from study_service.importing import options as import_options
from tests.study_service.banks.moodle_texts import TRUE, answer, item, question, quiz, read

DOCTYPE = "its DOCTYPE declares or includes something; remove the DOCTYPE"


def declaring(declarations: str, text: str) -> bytes:
    asked = item("truefalse", TRUE, f"<text>{text}</text>").encode()
    return f'<?xml version="1.0"?>\n<!DOCTYPE quiz [{declarations}]>\n'.encode() + b"<quiz>" + asked + b"</quiz>"


EXPANDING = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (declaring('<!ENTITY e SYSTEM "file:///etc/passwd">', "&e;"), 2, DOCTYPE),
        (declaring('<!ENTITY e SYSTEM "http://127.0.0.1:{port}/">', "&e;"), 2, DOCTYPE),
        (declaring('<!ENTITY e0 "lol">' + EXPANDING, "&e9;"), 2, DOCTYPE),
        (declaring(f'<!ENTITY e "{"a" * 100_000}">', "&e;" * 2_000), 2, DOCTYPE),
        (b"<quiz>\n" + b"<a>" * 100_000, 2, "elements stand in each other more than 100 deep"),
    ],
)
def test_hostile_file_is_refused_at_once_and_nobody_is_asked(data, line, message):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        data = data.replace(b"{port}", str(listener.getsockname()[1]).encode())
        tracemalloc.start()
        started = time.process_time()
        bank = moodlexml.read(data)
        taken, (_, most) = time.process_time() - started, tracemalloc.get_traced_memory()
        tracemalloc.stop()
        with pytest.raises(TimeoutError):
            listener.accept()
    assert bank == Bank(problems=[Problem(0, line, message)])
    assert (taken < 1, most < 2_000_000) == (True, True)


def test_megabytes_of_files_that_no_text_refers_to_are_lost_by_name():
    file = '<file name="{}.png" path="/" encoding="base64">' + "QUJD" * 700_000 + "</file>"
    text = "<text>Which?</text>" + "".join(map(file.format, "abc"))
    asked = question(
        item("truefalse", TRUE, text), *(f"the file '{name}.png', which no text refers to" for name in "abc")
    )
    assert asked.text == "Which?"


def many(piece: str, form: str = "html") -> bytes:
    return quiz(item("truefalse", TRUE, f"<text><![CDATA[{piece * (1_000_000 // len(piece))}]]></text>", form))


@pytest.mark.parametrize(
    "piece", ["<", "<b>", "</b>", "<!--", "&amp;", "<img src='a' alt='b'>", "<pre> ", "a", " ", "<x>"]
)
def test_long_text_takes_no_long_time(piece):
    started = time.process_time()
    assert moodlexml.read(many(piece)).questions == []
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("piece", "form"), [("\n", "moodle_auto_format"), (" ", "moodle_auto_format"), ("\n ", "markdown")]
)
def test_long_text_of_nothing_takes_no_long_time(piece, form):
    started = time.process_time()
    moodlexml.read(many(piece + " " * 60, form))
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "inner",
    [
        "".join(f"<f{n}>x</f{n}>" for n in range(20_000)),
        "<hint/>" * 20_000,
        "<tags>" + "<tag><text>a</text></tag>" * 10_000 + "</tags>",
        "<generalfeedback><text>" + "a " * 4_000 + "</text>" + "<file name='b'/>" * 10_000 + "</generalfeedback>",
    ],
)
def test_many_elements_take_no_long_time(inner):
    data = quiz(item("truefalse", TRUE + inner))
    started = time.process_time()
    moodlexml.read(data)
    assert time.process_time() - started < 2


TAGS = [
    *("category", "text", "name", "questiontext", "answer", "feedback", "subquestion", "tags", "tag", "file", "info"),
    *("generalfeedback", "units", "unit", "multiplier", "unit_name", "tolerance", "single", "shuffleanswers"),
    *("usecase", "idnumber", "hint", "penalty", "selectcount", "weights"),
]
TYPES = ["multichoice", "truefalse", "shortanswer", "numerical", "matching", "ordering", "category", "essay", "x"]
WORDS = ["", "a", "b", "<b>", "true", "false", "1", "100", "*", "$course$/top/A", "none", "<img>", "@@PLUGINFILE@@/a"]
word = st.sampled_from(WORDS).map(lambda text: f"<![CDATA[{text}]]>")
attributes = st.sampled_from(["", ' fraction="100"', ' fraction="x"', ' format="markdown"', ' name="a"'])
element = st.deferred(
    lambda: st.builds(
        lambda tag, attribute, inner: f"<{tag}{attribute}>{''.join(inner)}</{tag}>",
        st.sampled_from(TAGS),
        attributes,
        st.lists(st.one_of(word, element), max_size=3),
    )
)
wild = st.builds(
    lambda kind, inner: f'<question type="{kind}">{"".join(inner)}</question>',
    st.sampled_from(TYPES),
    st.lists(element, max_size=5),
)
option = st.builds(answer, word, st.sampled_from(["0", "50", "100", "-100"]))
pair = st.builds(
    lambda a, b: f"<subquestion><text>{a}</text><answer><text>{b}</text></answer></subquestion>", word, word
)
likely = st.builds(
    lambda kind, inner, text: item(kind, "".join(inner), f"<text>{text}</text>"),
    st.sampled_from(TYPES),
    st.lists(st.one_of(option, option, pair, element), max_size=6),
    word,
)
files = st.lists(st.one_of(wild, likely), max_size=4)


@settings(deadline=None)
@given(st.one_of(st.binary().map(lambda data: b"<quiz>" + data), files.map(lambda texts: quiz(*texts))))
def test_anything_is_read_and_each_item_told_once(data):
    bank = moodlexml.read(data)
    if [problem for problem in bank.problems if problem.item == 0]:
        assert (bank.questions, len(bank.problems)) == ([], 1)
    else:
        items = sorted(entry.item for entry in [*bank.questions, *bank.problems])
        assert items == list(range(1, len(items) + 1))
        assert {loss.item for loss in bank.losses} <= {0, *(asked.item for asked in bank.questions)}


@settings(deadline=None)
@given(st.lists(likely, max_size=4))
def test_questions_that_are_read_have_a_text_and_a_right_answer(texts):
    for asked in read(*texts).questions:
        listed = import_options.listed(asked)
        assert asked.text.strip() == asked.text != ""
        assert any(option["isCorrect"] for option in listed)
        if asked.type in grading.CHOICES:
            assert grading.usable(asked.type, listed) == listed
