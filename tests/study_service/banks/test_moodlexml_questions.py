"""What all types of Moodle questions have: texts in their formats, tags, ids, and what has no place with us."""

import pytest

from study_service.banks import moodlexml
from study_service.banks.bank import Problem
from tests.study_service.banks.moodle_texts import TRUE, YES_NO, answer, item, question, quiz, read, refused


def of(kind: str = "truefalse", inner: str = "", text: str = "<text>Which?</text>", form: str = "html") -> str:
    return item(kind, TRUE + inner, text, form)


def cdata(html: str) -> str:
    return f"<text><![CDATA[{html}]]></text>"


@pytest.mark.parametrize(
    ("form", "source", "text"),
    [
        ("html", "<p>One &amp; <b>two</b></p>\n<p>three</p>", "One & two\nthree"),
        ("html", "a\nb", "a b"),
        ("what", "a <b>b</b>", "a b"),
        ("plain_text", "a <b>\n  &amp;", "a <b>\n  &amp;"),
        ("moodle_auto_format", "a &amp; <b>b</b>\nc\n\nd\n<p>e</p>\nf", "a & b c\n\nd\ne\nf"),
        ("moodle_auto_format", "ip route <prefix> x\ny", "ip route <prefix> x\ny"),
        ("markdown", "Which port.\nOf SSH?", "Which port.\nOf SSH?"),
    ],
)
def test_text_is_plain_whatever_its_format(form, source, text):
    assert question(of(text=cdata(source), form=form)).text == text


@pytest.mark.parametrize(
    ("form", "source", "loss"),
    [
        ("markdown", "Is `ls` it?", "in the question text: its Markdown is shown as it is written"),
        ("markdown", "a\n  1. b", "in the question text: its Markdown is shown as it is written"),
        ("markdown", "a\n- b", "in the question text: its Markdown is shown as it is written"),
        ("wiki_like", "*Is* it?", "in the question text: its wiki markup is shown as it is written"),
        ("html", 'See <a href="http://a.example">it</a>', "in the question text: the link to http://a.example"),
    ],
)
def test_what_a_text_loses_is_told(form, source, loss):
    question(of(text=cdata(source), form=form), loss)


def test_texts_without_a_format_have_that_of_the_question():
    inner = "<generalfeedback><text>&lt;i></text></generalfeedback>" + YES_NO
    asked = question(item("multichoice", inner + answer("&lt;b>"), form="plain_text"))
    assert (asked.explanation, asked.choices[2].text) == ("<i>", "<b>")
    html = question(item("multichoice", inner + answer("a &lt;b>b&lt;/b>"), form="html"))
    assert (html.explanation, html.choices[2].text) == (None, "a b")


def test_picture_on_the_web_is_the_questions_and_any_other_needs_words():
    asked = question(of(text=cdata('Which? <img src="https://a.example/b.png" alt="LAN">')))
    assert (asked.text, asked.image_url) == ("Which?", "https://a.example/b.png")
    assert "image_url" in asked.states
    file = '<file name="b.png" encoding="base64">AAAA</file>'
    inside = cdata('Which? <img src="@@PLUGINFILE@@/b.png" alt="LAN">') + file
    asked = question(of(text=inside), "in the question text: a picture: LAN")
    assert (asked.text, asked.image_url, asked.states) == ("Which? [picture: LAN]", None, set())
    option = answer('&lt;img src="https://a.example/b.png" alt="LAN">', "100") + answer("b")
    asked = question(item("multichoice", option), "in option 1: a picture: LAN")
    assert (asked.choices[0].text, asked.image_url) == ("[picture: LAN]", None)


def test_feedback_can_do_without_its_pictures():
    picture = '<text>&lt;img src="b">Why</text>'
    option = answer("a", "100", f"<feedback>{picture}</feedback>") + answer("b")
    losses = ["in the feedback of option 1: a picture", "in the general feedback: a picture"]
    asked = question(item("multichoice", f"<generalfeedback>{picture}</generalfeedback>" + option), *losses)
    assert (asked.choices[0].explanation, asked.explanation) == ("[picture]Why", "[picture]Why")


NO_ALT = "there is a picture without a description (alt) in it, and it cannot be understood without"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (of(text=cdata('<img src="@@PLUGINFILE@@/b.png">')), f"the question text: {NO_ALT}"),
        (item("multichoice", answer('&lt;img src="b">', "100") + YES_NO), f"option 1: {NO_ALT}"),
        (
            of(text=cdata("![](@@PLUGINFILE@@/b)"), form="markdown"),
            "the question text: it refers to a file in the question",
        ),
        (of(text=""), "there is no question text"),
        (of(text="<text/>"), "there is no question text"),
        (of(text=cdata("<p> </p>")), "there is no question text"),
        (
            of(text="<text>a <b>c</b></text>"),
            "the question text: there is <b> in its <text>, where HTML must stand in <![CDATA[…]]>",
        ),
        (of(text=f"<text>{'a' * 10_001}</text>"), "the question text is longer than 10,000 characters"),
        (of(text=cdata("<b>" * 20_001)), "the question text has more than 20,000 tags, entities and lines"),
        (of(inner="<idnumber>" + "1" * 201 + "</idnumber>"), "its id number is longer than 200 characters"),
        (
            of(inner="<tags>" + "".join(f"<tag><text>{n}</text></tag>" for n in range(51)) + "</tags>"),
            "more than 50 tags, or one that is longer than 100 characters",
        ),
        (
            of(inner=f"<tags><tag><text>{'t' * 101}</text></tag></tags>"),
            "more than 50 tags, or one that is longer than 100 characters",
        ),
        (
            of(inner="<image>a.png</image><image_base64>AAAA</image_base64>"),
            "there is a picture in the file beside its text, and it cannot be understood without",
        ),
        (item("essay"), "essay questions cannot be asked yet"),
        (item("description"), "it is a description, which asks nothing"),
        (item("cloze"), "questions of several parts (cloze) cannot be asked yet"),
        (item("multianswer"), "questions of several parts (cloze) cannot be asked yet"),
        (item("calculated"), "questions with other numbers for each learner cannot be asked yet"),
        (item("calculatedsimple"), "questions with other numbers for each learner cannot be asked yet"),
        (item("calculatedmulti"), "questions with other numbers for each learner cannot be asked yet"),
        (item("random"), "it stands for any question of its category"),
        (item("randomsamatch"), "questions made of others (random matching) cannot be asked yet"),
        (item("gapselect"), "questions with words for the gaps of a text cannot be asked yet"),
        (item("ddwtos"), "questions with words for the gaps of a text cannot be asked yet"),
        (item("ddmarker"), "questions whose labels are dragged onto a picture cannot be asked yet"),
        (item("ddimageortext"), "questions whose labels are dragged onto a picture cannot be asked yet"),
        (item("stack"), "questions of the type 'stack' cannot be asked yet"),
        ("<question/>", "questions of the type '' cannot be asked yet"),
    ],
)
def test_questions_that_cannot_be_used(text, message):
    assert refused(text) == message


def test_id_tags_and_explanation_are_read():
    tags = "<tags><tag><text> a </text></tag><tag><text>b</text></tag><tag><text>a</text></tag><tag/></tags>"
    feedback = '<generalfeedback format="html"><text>&lt;p>Why&lt;/p></text></generalfeedback>'
    asked = question(of(inner=f"<idnumber> n-1 </idnumber>{tags}{feedback}"))
    assert (asked.external_id, asked.tags, asked.explanation) == ("n-1", ("a", "b"), "Why")
    assert asked.states == {"tags", "explanation"}


def test_limits_themselves_are_allowed():
    tags = "".join(f"<tag><text>{n:0100}</text></tag>" for n in range(50))
    asked = question(of(inner=f"<idnumber>{'1' * 200}</idnumber><tags>{tags}</tags>", text=told("w" * 10_000)))
    assert (len(asked.text), len(asked.tags), len(asked.external_id)) == (10_000, 50, 200)


def test_only_what_the_file_has_is_stated():
    asked = question(of())
    assert (asked.external_id, asked.tags, asked.explanation, asked.states) == (None, (), None, set())
    asked = question(of(inner="<idnumber/><tags/><generalfeedback><text/></generalfeedback>"))
    assert (asked.external_id, asked.tags, asked.explanation) == (None, (), None)
    assert asked.states == {"tags", "explanation"}


def told(text: str) -> str:
    return f"<text>{text}</text>"


MADE = of(text=told("Which of these\n are   protocols of layer 2?"))


@pytest.mark.parametrize(
    "name", ["", "Which of these are protocols of layer 2?", "Which of these are ...", "Which  of…"]
)
def test_name_that_moodle_makes_of_the_text_is_no_loss(name):
    question(MADE.replace("</question>", f"<name>{told(name)}</name></question>"))


@pytest.mark.parametrize(
    ("inner", "losses"),
    [
        ("<name><text>OSI</text></name>", ["the name 'OSI'"]),
        ("<defaultgrade>1.0000000</defaultgrade><penalty>0.3333333</penalty><hidden>0</hidden>", []),
        ("<penalty>0</penalty><hidden/>", []),
        ("<penalty>0.1</penalty>", []),
        ("<penalty>1.0000000</penalty>", []),
        ("<penalty>0.5000000</penalty>", ["the penalty of 0.5 for a further try"]),
        ("<penalty>much</penalty>", ["the penalty of 'much' for a further try"]),
        ("<defaultgrade>2.0000000</defaultgrade>", ["the mark of 2"]),
        ("<hidden>1</hidden>", ["that it is hidden"]),
        ("<hint><text>a</text></hint>", ["1 hint"]),
        ("<hint><text>a</text></hint><hint><text>b</text></hint>", ["2 hints"]),
        (
            "<correctfeedback><text>&lt;p>Your answer is correct.&lt;/p></text></correctfeedback>"
            "<partiallycorrectfeedback><text>Nearly</text></partiallycorrectfeedback>"
            "<incorrectfeedback><text/></incorrectfeedback>",
            ["the feedback for all of an answer (partiallycorrectfeedback)"],
        ),
        (
            "<correctfeedback><text>Fine</text></correctfeedback><incorrectfeedback><text>No</text></incorrectfeedback>",
            ["the feedback for all of an answer (correctfeedback, incorrectfeedback)"],
        ),
        ("<generalfeedback><text/><file>AAAA</file></generalfeedback>", ["the file '', which no text refers to"]),
        ("<coursetags><tag><text>a</text></tag></coursetags>", ["the tag 'a' of a course"]),
        ("<shownumcorrect/><answernumbering>abc</answernumbering>", []),
        ("<plugin><text>a</text></plugin><plugin>b</plugin><empty><text/></empty>", ["<plugin>"]),
        ('<setting value="1"/>', ["<setting>"]),
        ("<penalty>0</penalty><penalty>1</penalty>", ["a second <penalty>"]),
    ],
)
def test_what_has_no_place_with_us_is_lost(inner, losses):
    question(of(inner=inner), *losses)


def test_only_a_true_false_question_has_a_penalty_of_all():
    question(item("multichoice", "<penalty>1</penalty>" + YES_NO), "the penalty of 1 for a further try")


def test_files_that_no_text_refers_to_are_lost():
    files = "".join(f'<file name="{name}" path="/x/" encoding="base64">AAAA</file>' for name in ("a b.png", "c.png"))
    text = cdata('Which? <a href="@@PLUGINFILE@@/x/a%20b.png">LAN</a>') + files
    losses = [
        "in the question text: the link to @@PLUGINFILE@@/x/a%20b.png",
        "the file 'c.png', which no text refers to",
    ]
    question(of(text=text), *losses)
    feedback = '<feedback><text>a</text><file name="d.png"/></feedback>'
    options = answer("a", "100", feedback) + answer("b")
    question(item("multichoice", options), "the file 'd.png', which no text refers to")


def test_items_and_lines_are_those_of_the_file_and_the_others_are_read():
    bank = read(of(), item("essay"), "<surprise/>", of(inner="<hidden>1</hidden>", text=told("Other?")))
    assert [(asked.item, asked.line, asked.text) for asked in bank.questions] == [(1, 2, "Which?"), (3, 5, "Other?")]
    assert bank.problems == [Problem(2, 3, "essay questions cannot be asked yet")]
    assert bank.losses == [Problem(0, 4, "<surprise>"), Problem(3, 5, "that it is hidden")]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"<quiz>\n<a></quiz>", Problem(0, 2, "the file is no XML: mismatched tag in column 6")),
        (b"\n<question/>", Problem(0, 2, "it begins with <question>, where Moodle XML has <quiz>")),
    ],
)
def test_file_that_is_none_is_refused(data, problem):
    assert moodlexml.read(data).problems == [problem]


def test_file_may_have_ten_thousand_questions():
    kept = moodlexml.read(quiz(*["<question/>"] * 10_000))
    assert len(kept.problems) == 10_000
    message = "more than 10,000 questions: import them in several files"
    assert moodlexml.read(quiz(*["<question/>"] * 10_001)).problems == [Problem(0, 10_002, message)]


def test_file_may_have_so_many_tags(monkeypatch):
    monkeypatch.setattr("study_service.banks.moodlexml.reading.MAX_SIGNS", 4)
    assert len(read(of(text=cdata("<b>a</b>\n&amp;"))).questions) == 1
    message = "its texts have more than 4 tags, entities and lines: import it in parts"
    assert read(of(text=cdata("<b>a</b>\n&amp;<"))).problems == [Problem(0, None, message)]
