"""What stands around a GIFT question: comments with its id and tags, titles, categories; and what of it is lost."""

import pytest

from study_service.banks.bank import Problem
from tests.study_service.banks.gift_texts import problem, question, read

OSI = """\
// question: 881  name: OSI layer
// [id:net-881] [tag:networking] [tag:layer \\] two]
::OSI::On which layer do frames live?{
=2
~3
~4
}
"""


def losses(text: str) -> list[str]:
    return [loss.message for loss in read(text).losses]


def test_moodle_keeps_id_and_tags_in_the_comment_above():
    asked = question(OSI)
    assert (asked.text, asked.line) == ("On which layer do frames live?", 3)
    assert (asked.external_id, asked.tags) == ("net-881", ("networking", "layer ] two"))
    assert asked.states == {"explanation", "tags"}
    assert read(OSI).losses == [Problem(1, 3, 'its title "OSI"')]


def test_a_question_without_tags_says_nothing_of_them():
    asked = question("// [id: a ]\nA hub.{T}")
    assert (asked.external_id, asked.tags, asked.states) == ("a", (), {"explanation"})


def test_comments_in_and_below_a_question_are_its_own_those_behind_a_blank_line_are_not():
    bank = read("// [tag:a] [id:1]\n\n// [tag:b]\nA hub.{\n// [tag:c]\nT}\n// [id:2]\n\nA switch.{T}")
    assert [(q.tags, q.external_id) for q in bank.questions] == [(("b", "c"), "2"), ((), None)]
    assert bank.losses == []


def test_the_comment_of_a_category_is_not_that_of_a_question():
    bank = read("// question: 0  name: [tag:x]\n// note\n$CATEGORY: LAN\n// [tag:y]\nA hub.{T}")
    assert [(q.tags, q.objective) for q in bank.questions] == [(("y",), "LAN")]
    assert bank.losses == []


@pytest.mark.parametrize(
    ("comment", "tags", "lost"),
    [
        ("[tag:a][tag: b c ]", ("a", "b c"), []),
        ("[tag:a] [tag:a] [tag:] [tag: ]", ("a",), []),
        ("[tag:a [0\\]\\\\]] x", ("a [0]\\]",), ['the comment "x"']),
        ("[tag:a", (), ['the comment "[tag:a"']),
        ("[tag:a\\]", (), ['the comment "[tag:a\\]"']),
        ("see [tag:a] RFC  1 ", ("a",), ['the comment "see RFC 1"']),
        ("-----*/", (), []),
        ("question: 881  name: OSI", (), []),
        ("question: what?", (), ['the comment "question: what?"']),
        ("[id:a] [id:b]", (), ['the comment "[id:b]"']),
    ],
)
def test_what_else_a_comment_says_is_lost(comment, tags, lost):
    text = f"//{comment}\nA hub.{{T}}"
    assert question(text).tags == tags
    assert losses(text) == lost


def test_lines_of_a_comment_are_one_loss():
    assert losses("/// One\n// two.\n// [tag:x]\nA hub.{T}") == ['the comment "One two."']


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        (f"[id:{'a' * 201}]", "its id is longer than 200 characters"),
        (f"[tag:{'a' * 101}]", "it has more than 50 tags, or one of more than 100 characters"),
        ("".join(f"[tag:{n}]" for n in range(51)), "it has more than 50 tags, or one of more than 100 characters"),
        ("[tag:a\0]", "there is a NUL character in it or in its category"),
    ],
)
def test_comments_that_cannot_be_kept(comment, message):
    assert problem(f"// {comment}\nA hub.{{T}}").message == message


def test_ids_and_tags_have_a_longest_length():
    tags = "".join(f"[tag:{n:0100}]" for n in range(50))
    asked = question(f"// [id:{'a' * 200}]{tags}\nA hub.{{T}}")
    assert (len(asked.external_id), len(asked.tags)) == (200, 50)


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("::OSI::On layer 2.{T}", ['its title "OSI"']),
        ("::On  layer::On layer 2.{T}", []),
        ("::On layer...::On layer 2.{T}", []),
        ("::On layer 2.::{T}", []),
        ("::On layer 2.::On layer 2.{T}", []),
        ("::On layer 3::On layer 2.{T}", ['its title "On layer 3"']),
        (":: ::On layer 2.{T}", []),
    ],
)
def test_a_title_is_lost_unless_it_begins_the_text(text, lost):
    assert question(text).text == "On layer 2."
    assert losses(text) == lost


def test_of_a_category_the_names_above_are_lost_told_once():
    start, end = "$CATEGORY: $course$/top/A/B//C\n\nOne.{T}\n\nTwo.{T}", "$CATEGORY: A/B//C\n\nFour.{T}"
    text = f"{start}\n\n$CATEGORY: D\n\nThree.{{T}}\n\n{end}"
    assert read(text).losses == [Problem(0, 1, "of the category A/B/C all names but the last")]
    assert [question.objective for question in read(text).questions] == ["B/C", "B/C", "D", "B/C"]
    assert losses("$CATEGORY: A/B\n\nName it.{}\n\n$CATEGORY: C/D") == []


def test_what_is_lost_of_html_says_where():
    bank = read(
        '[html]See <a href\\="http\\://a.example">it</a>{\n'
        "=[html]<table><tr><td>1</td></tr></table># 2<sup>2</sup>\n"
        "~2 ####<img alt\\=x><img src\\=y>\n}"
    )
    assert bank.problems == []
    assert [(loss.item, loss.line, loss.message) for loss in bank.losses] == [
        (1, 1, "the link to http://a.example"),
        (1, 1, "option 1: a table's layout"),
        (1, 1, "the feedback of option 1: that some of it is set above the line"),
        (1, 1, "the general feedback: a picture: x"),
        (1, 1, "the general feedback: a picture"),
    ]
    assert (bank.questions[0].choices[0].explanation, bank.questions[0].explanation) == ("2^2", "[picture: x][picture]")


def test_the_picture_of_a_question_is_kept_if_it_is_on_the_web():
    image = '<img src\\="https\\://a.example/b.png" alt\\="x">'
    asked = question(f"[html]See {image} this{{=<img alt\\=y> ~2}}")
    assert (asked.text, asked.image_url) == ("See this", "https://a.example/b.png")
    assert asked.states == {"explanation", "image_url"}
    assert asked.choices[0].text == "[picture: y]"
    assert losses(f"[html]See {image} this{{=1 ~2}}") == []
    assert problem("[html]Which?{=<img src\\=a.png> ~2}").message == (
        "option 1: there is a picture without a description (alt) in it, and it cannot be understood without"
    )


def test_braces_inside_a_tag_do_not_hide_the_text_behind_them():
    assert problem('[html]See <a href\\="{=1 ~2}">this</a>').message == "its {…} stands inside a tag of its HTML"
