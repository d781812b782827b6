"""The plain text of HTML: what of it is text, what is lost, and what cannot be done without."""

import contextlib
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from study_service.banks import html
from study_service.banks.bank import Unusable
from study_service.banks.html import Shown


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One &amp; <b>two</b></p><p>three</p>", "One & two\nthree"),
        ("a<br>b<br/><br />c</br>d", "a\nb\n\nc\nd"),
        ("  a \n\n b&nbsp;&nbsp;c ", "a b c"),
        ("a\r\nb\rc", "a b c"),
        ("<ul><li>a</li> <li>b</li></ul>c", "a\nb\nc"),
        ("<ol><li>a</li><li>b<ul><li>c</ul></li><li>d</ol><ol start=7><li>e</ol>", "1. a\n2. b\nc\n3. d\n7. e"),
        ("<pre>\nint  g0/1\n  no\tshut</pre>x  y", "int  g0/1\n  no\tshut\nx y"),
        ("a <pre>\n\nb</pre>", "a\n\nb"),
        ("1 < 2 & AT&T", "1 < 2 & AT&T"),
        ("&lt;b&gt; &#x41;&copy", "<b> A©"),
        ("Say <q>hi</q>", 'Say "hi"'),
        ("<P CLASS='a\"b' hidden>x</P><FONT color=red>y", "x\ny"),
        ('<a b="c>d">e</a>', "e"),
        ("a<!-- b -- c -->d<!-->e", "ade"),
        ("<!DOCTYPE html>a<![if !vml]>b<![endif]><?xml:namespace prefix=o />c<o:p>&nbsp;</o:p>", "abc"),
        ("a<style>p > b { }</style>b</STYLE>", "ab"),
        ("bold <b>to the end", "bold to the end"),
        ("no </b>start", "no start"),
        ("1<sup>st</sup> of Cisco<sup>®</sup>", "1st of Cisco®"),
        ("", ""),
    ],
)
def test_what_changes_no_meaning_is_left_out_without_a_word(markup, text):
    assert html.shown(markup) == Shown(text, [])


@pytest.mark.parametrize(
    "text",
    [
        "com.example.meet.<UID>.plist",
        "ip route <prefix> <mask> <next-hop>",
        'cp <Source file> <TARGET dir="x" y>',
        "a<b and c>d",
        "</to> <note/> <b.x> <b-x>",
        "ip address <address> <mask>",
        "<time> to </zone>",
        "a <b x <3",
        'a <b "x" y',
        "press <del> or <a>, 2<sup>8",
        "<?php echo 1 ?> <!ELEMENT a> <![CDATA[x]]>",
        "<K> <\u212abd>",
        "< b> <3 <- <= <",
    ],
)
def test_what_only_looks_like_a_tag_stays_letter_for_letter(text):
    assert html.shown(text) == Shown(text, [])
    assert html.shown(f"<p>{text}</p>") == Shown(text, [])


def test_a_name_that_is_a_word_is_a_tag_if_it_is_closed_or_has_attributes():
    assert html.shown("<code>ls</code> <address>a</address> <code class=x>b").text == "ls\na\nb"
    assert html.shown("<time>9:00</time> at <time>").text == "<time>9:00 at <time>"


@pytest.mark.parametrize(
    ("markup", "text", "loss"),
    [
        (
            'see <a href="https://a.example/x?a=1&amp;b=2">this</a>',
            "see this",
            "the link to https://a.example/x?a=1&b=2",
        ),
        ("see <a href=/x>this<a name=y>", "see this", "the link to /x"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><th>c</table>", "a b\nc", "a table's layout"),
        ("2<sup>8</sup>", "2^8", "that some of it is set above the line"),
        ("2<sup>n<sup>2</sup> + 1</sup>", "2^(n2 + 1)", "that some of it is set above the line"),
        ("CO<sub>2</sub>", "CO_2", "that some of it is set below the line"),
        ("is <s>not</s>", "is not", "that some of it is struck out"),
        ("a<SCRIPT>x < '<b>y'</Script >b", "ab", "a script"),
        ("<map name=a><area alt=b></map>c", "c", "the parts of a picture"),
        ("Name: <input size=9>", "Name:", "a field of a form"),
        ("<ol type=A><li>a</ol>", "a", "the letters or numbers of a list"),
        (
            '<img src="a.png" alt=" the  router &quot;R1&quot;">',
            '[picture: the router "R1"]',
            'a picture: the router "R1"',
        ),
        ("<object data=a.png>the <b>router</b></object>.", "[picture: the router].", "a picture: the router"),
        ("<object><object>a</object></object>b", "[picture: a]b", "a picture: a"),
        ("<video title=Lab><source src=a.mp4>no video</video>b", "[video: Lab]b", "a video: Lab"),
        ("<math alttext='x^2'><mi>x</mi></math>b", "[formula: x^2]b", "a formula: x^2"),
    ],
)
def test_what_changes_the_meaning_is_told(markup, text, loss):
    assert html.shown(markup) == Shown(text, [loss])


@pytest.mark.parametrize(
    "markup",
    [
        "<a href=https://a.example/>https://a.example/</a>",
        "<a name=x>y</a>",
        "<input type=hidden value=1>",
        "<sup></sup>",
    ],
)
def test_what_only_could_be_a_loss_is_none(markup):
    assert html.shown(markup).losses == []


def test_each_loss_is_told_once_and_of_many_the_first():
    assert html.shown("<table></table>" * 3).losses == ["a table's layout"]
    links = "".join(f"<a href={n}>x</a>" for n in range(30))
    assert html.shown(links).losses == [f"the link to {n}" for n in range(20)]


def test_the_only_picture_with_an_address_is_offered():
    address = "https://a.example/r.png?a=1&b"
    markup = f'See <img src=" {address.replace("&", "&amp;")} " alt="the router"> it'
    assert html.shown(markup) == Shown("See it", [], address)
    assert html.shown(markup, may_have_image=False) == Shown("See [picture: the router] it", ["a picture: the router"])
    assert html.shown(f"<img src={address}>See").image_url == address
    two = html.shown(f"<img src={address} alt=a><img src={address} alt=b>")
    assert two == Shown("[picture: a][picture: b]", ["a picture: a", "a picture: b"])
    for elsewhere in ("http:///x", "ftp://a/b", "https://a b", "@@PLUGINFILE@@/a.png", "https://" + "a" * 1993):
        assert html.shown(f'<img src="{elsewhere}" alt=a>').image_url is None
    assert html.shown(f"<img src=https://{'a' * 1992}>").image_url is not None


@pytest.mark.parametrize(
    ("markup", "what"),
    [
        ("<img src=a.png>", "a picture without a description (alt)"),
        ('<img src=a.png alt=" ">', "a picture without a description (alt)"),
        ("<img src=https://a.example/a.png><img src=https://a.example/b.png>", "a picture without a description (alt)"),
        ("<object data=a.png> <i></i></object>", "a picture without a description (alt)"),
        ("<canvas></canvas>", "a picture without a description (alt)"),
        ("<audio src=a.mp3>no audio</audio>", "a sound without a description (alt)"),
        ("<svg><text>x</text></svg>", "a drawing without a description (alt)"),
        ("<math><mi>x</mi></math>", "a formula without a description (alt)"),
        ("<iframe title='A player' src=x></iframe>", "another page"),
        ("<embed title=x src=a.swf>", "an embedded file"),
    ],
)
def test_what_a_question_cannot_be_understood_without_makes_it_unusable(markup, what):
    with pytest.raises(Unusable) as refusal:
        html.shown(f"<p>Which? {markup}</p>")
    assert str(refusal.value) == f"there is {what} in it, and it cannot be understood without"


def test_a_feedback_can_do_without_them():
    shown = html.shown("See <img src=https://a.example/b.png> or <svg><text>x</text></svg>.", is_feedback=True)
    assert shown == Shown("See [picture] or [drawing].", ["a picture", "a drawing"])
    shown = html.shown("<img src=a.png alt=R1><object> </object><embed src=b>!", is_feedback=True)
    assert shown.text == "[picture: R1][picture][embedded file]!"
    assert shown.losses == ["a picture: R1", "a picture", "an embedded file"]


@pytest.mark.parametrize(
    ("markup", "what"),
    [
        ("a <b", "the tag <b> does not end"),
        ("a </b ", "the tag <b> does not end"),
        ("a <a b='c", "the tag <a> does not end"),
        ("a <a b=c / ", "the tag <a> does not end"),
        ("a <!-- b ->", "a comment does not end"),
        ("a <!doctype b", "a comment does not end"),
        ("a <script>b</scripts>", "a script or a style does not end"),
        ("a <style>b</script>", "a script or a style does not end"),
        ("a <svg aria-label=b>c", "<svg> is not closed"),
        ("a <object data=b>c", "<object> is not closed"),
        ("2<sup class=a>8", "<sup> is not closed"),
        ("a &#" + "9" * 5000 + ";", "a character's number is too long"),
    ],
)
def test_html_whose_text_would_be_lost_is_broken(markup, what):
    with pytest.raises(Unusable) as refusal:
        html.shown(markup)
    assert str(refusal.value) == f"its HTML is broken: {what}"


texts = st.text(
    st.one_of(st.sampled_from(" \n\t\r\xa0<>&;^a/\"'"), st.characters(exclude_categories=["Cs"])), max_size=40
)


@given(texts.map(str.strip))
@example("a  b")
@example("a\tb")
@example("a \nb")
@example("a\n b")
@example("a\xa0b")
@example("a\x0cb\rc")
@example("a\n\nb &lt; <b>&#13;")
def test_any_text_survives_as_html(text):
    assert html.shown(html.markup(text)) == Shown(text, [])
    assert html.shown(f"<p>{html.markup(text)}</p>") == Shown(text, [])


def test_text_as_html_is_xhtml_too():
    assert html.markup('1 < 2 & "x"\ny') == '1 &lt; 2 &amp; "x"<br/>y'
    assert html.markup("a  b\r") == "<pre>a  b&#13;</pre>"


tag_like = st.lists(
    st.sampled_from(
        ["<", ">", "/", "a", "b", "pre", "sup", "img", "object", "li", "ol", " ", "=", '"', "'", "x", "alt=y"]
    )
).map("".join)


@given(st.one_of(tag_like, st.text()))
def test_any_html_is_text_or_unusable(markup):
    try:
        text = html.shown(markup).text
    except Unusable:
        return
    assert text == text.strip()


PIECES = [
    "<",
    "<a ",
    "<a/",
    "<a b='",
    "<!--",
    "</",
    "<?",
    "<!",
    "&",
    "&#1",
    "<p> ",
    "<pre> ",
    "<script></ ",
    '<a "',
    "<q>",
]
NESTED = [
    "<sup>",
    "<sup></sup>",
    "<object>",
    "<object>a",
    "<a href=x>",
    "<UID>",
    "<ol><li>",
    "<time>",
    "<svg alt=x>",
    "</ol>",
]


@pytest.mark.parametrize("piece", PIECES + NESTED)
@pytest.mark.parametrize("end", ["", "</sup></object></a>"])
def test_long_html_is_not_read_in_quadratic_time(piece, end):
    markup = piece * (50_000 // len(piece)) + end * (50_000 // 19)
    started = time.process_time()
    with contextlib.suppress(Unusable):
        html.shown(markup)
    assert time.process_time() - started < 2
