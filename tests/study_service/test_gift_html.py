"""GIFT questions in HTML and the other formats become plain text."""

import pytest

from tests.study_service.gift_texts import escaped, options, problem, question


@pytest.mark.parametrize("name", ["markdown", "plain", "moodle"])
def test_format_marker_is_removed_and_the_text_kept(name):
    asked = question(f"::t:: [{name}]Is **a<b>** &amp;?{{=[{name}]<i>#[{name}] why ~b####[{name}]all}}")
    assert asked.text == "Is **a<b>** &amp;?"
    assert (asked.choices[0].text, asked.choices[0].explanation, asked.explanation) == ("<i>", "why", "all")


def test_other_brackets_are_text():
    assert options("[R1]Which?{=[0] ~[HTML]}") == [("[0]", True), ("[HTML]", False)]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One &amp; <b>two</b></p><p>three</p>", "One & two\nthree"),
        ("a<br>b<br/><br />c", "a\nb\n\nc"),
        ("  a \n\n b&nbsp;&nbsp;c ", "a b c"),
        ("<ul><li>a</li> <li>b</li></ul>c", "a\nb\nc"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ('a<script>x < "y"</script><style>p </style>b<!-- c -->', "ab"),
        ("<pre>int g0/1\n  no shut</pre>", "int g0/1\n  no shut"),
        ("2<sup>8</sup> hosts", "2^8 hosts"),
        ("1 < 2 & AT&T", "1 < 2 & AT&T"),
        ("&lt;b&gt; &#x41;&copy", "<b> A©"),
    ],
)
def test_html_becomes_plain_text(html, text):
    assert question(f"[html]{escaped(html)}{{T}}").text == text


def test_answers_and_feedback_inherit_the_format_of_the_question():
    asked = question("[html]Which?{=<b>a</b>#<i>b</i> ~[plain]<b>c</b>####d&amp;e}")
    assert [(c.text, c.explanation) for c in asked.choices] == [("a", "b"), ("<b>c</b>", None)]
    assert asked.explanation == "d&e"
    assert [choice.explanation for choice in question("[html]Is it?{T#<i>no</i>#<i>yes</i>}").choices] == ["yes", "no"]


def test_answer_may_be_html_on_its_own():
    assert options("Is 1<2?{=[html]1&lt;2 ~%-50%[html]<b>2</b>}") == [("1<2", True), ("2", False)]


@pytest.mark.parametrize("html", ["a <b", "a <!-- b", "a <script>b", "a &#" + "9" * 5000 + ";", '<a b="c'])
def test_broken_html_is_a_problem(html):
    assert problem(f"[html]{escaped(html)}{{T}}").message.startswith("its HTML is broken")


def test_picture_is_a_problem_and_not_dropped():
    assert problem('[html]See <img src\\="a.png"> it?{T}').message.startswith(
        "there is a picture without a description"
    )
