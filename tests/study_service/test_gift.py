"""Reading GIFT: what each sign means, what cannot be used, and that nothing is lost on the way."""

import re
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study_service.banks import Bank, Problem, Question, gift

EXAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "moodle-gift-examples.txt"


def read(text: str) -> Bank:
    return gift.read(text.encode())


def question(text: str) -> Question:
    bank = read(text)
    assert bank.problems == []
    (only,) = bank.questions
    return only


def problem(text: str) -> Problem:
    bank = read(text)
    assert bank.questions == []
    (only,) = bank.problems
    return only


def escaped(text: str) -> str:
    return re.sub(r"([~=#{}:\\])", r"\\\1", text).replace("\n", r"\n")


def options(text: str) -> list[tuple[str, bool]]:
    return [(choice.text, choice.is_correct) for choice in question(text).choices]


def weights(text: str) -> list[float | None]:
    return [choice.weight for choice in question(text).choices]


# Files, blocks and lines


def test_empty_file_holds_nothing():
    assert gift.read(b"") == gift.read(b"\xef\xbb\xbf") == gift.read(b"\n // only this\n\n") == Bank()


def test_byte_order_mark_is_not_part_of_the_first_question():
    assert question("\ufeffTCP is connectionless.{F}").text == "TCP is connectionless."


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_all_line_ends_count_the_same(newline):
    bank = read(newline.join(["", "UDP has a handshake.{F}", " \t ", "", "Ports have", "16 bits.{T}"]))
    assert [(q.item, q.line, q.text) for q in bank.questions] == [
        (1, 2, "UDP has a handshake."),
        (2, 5, "Ports have\n16 bits."),
    ]


@pytest.mark.parametrize(("mark", "offset"), [(b"", 20), (b"\xef\xbb\xbf", 23)])
def test_bad_utf8_is_one_problem_of_the_file(mark, offset):
    bank = gift.read(mark + b"DNS uses UDP.{T}\r\n\r\n\x93ARP\x94 is layer 7.{F}")
    assert bank.questions == []
    assert bank.problems == [Problem(0, 3, f"the file is not UTF-8: byte 0x93 at offset {offset}")]


def test_other_unicode_line_separators_do_not_end_a_line():
    assert question("A\u2028B\x85C.{T}").text == "A\u2028B\x85C."


def test_nul_character_makes_only_its_question_unusable():
    bank = read("A \0 B{T}\n\nA switch forwards frames.{T}")
    assert [(q.item, q.line) for q in bank.questions] == [(2, 3)]
    assert [(p.item, p.line) for p in bank.problems] == [(1, 1)]
    assert "NUL" in bank.problems[0].message
    assert "NUL" in problem("$CATEGORY: LAN\0\nA hub repeats.{T}").message


def test_comment_is_removed_and_does_not_separate():
    asked = question("// first\n  // second\nA router\n// between\nconnects networks.{\n//~none\n~LAN\n=WAN}")
    assert (asked.line, asked.text) == (3, "A router\nconnects networks.")
    assert [choice.text for choice in asked.choices] == ["LAN", "WAN"]


def test_double_slash_inside_a_line_is_no_comment():
    assert question("http\\://a // b{T}").text == "http://a // b"


def test_items_count_unusable_questions_and_no_categories():
    bank = read("$CATEGORY: LAN\n\nA hub is smart.{F}\n\nName a protocol.{}\n\n$CATEGORY: WAN\n\nPPP is layer 2.{T}")
    assert [(q.item, q.line) for q in bank.questions] == [(1, 3), (3, 9)]
    assert [(p.item, p.line) for p in bank.problems] == [(2, 5)]


# Categories and titles


@pytest.mark.parametrize(
    ("path", "objective"),
    [
        ("$course$/top/Networking/Subnetting", "Subnetting"),
        ("top/Networking/ Routing  ", "Routing"),
        ("$system$/TCP//IP", "TCP/IP"),
        ("Switching/", "Switching"),
        ("$course$/top", None),
        ("$course$", None),
        ("", None),
    ],
)
def test_objective_is_the_last_name_of_the_category(path, objective):
    assert question(f"$CATEGORY: {path}\n\nA mask has 32 bits.{{T}}").objective == objective


def test_category_holds_until_the_next_even_without_blank_lines():
    bank = read("One.{T}\n$CATEGORY: LAN\nTwo.{T}\n\nThree.{T}\n$CATEGORY:WAN\n// note\nFour.{T}")
    assert [(q.text, q.objective) for q in bank.questions] == [
        ("One.", None),
        ("Two.", "LAN"),
        ("Three.", "LAN"),
        ("Four.", "WAN"),
    ]


def test_title_is_not_part_of_the_text():
    asked = question("::Loopback 1::\n127.0.0.1 is loopback.{T}")
    assert (asked.line, asked.text) == (1, "127.0.0.1 is loopback.")


def test_title_is_the_text_of_a_question_that_has_no_other():
    assert question("::Is 10.0.0.1 \\:private\\: ?::{T}").text == "Is 10.0.0.1 :private: ?"


def test_colons_that_close_no_title_are_text():
    assert question("::1 is loopback.{T}").text == "::1 is loopback."


def test_question_without_any_text_is_a_problem():
    assert problem("{T}").message == problem(":: ::{T}").message == "there is no question text"


# Escapes


def test_escaped_signs_are_literal_everywhere():
    signs, written = "~=#{}:\\", r"\~\=\#\{\}\:\\"
    asked = question(f"\\::{written}{{={written}#{written}~b{written}####{written}}}")
    assert asked.text == "::" + signs
    assert [choice.text for choice in asked.choices] == [signs, "b" + signs]
    assert (asked.choices[0].explanation, asked.explanation) == (signs, signs)


def test_backslash_n_is_a_line_feed():
    assert question(r"Given\:\n\nR1> enable{=a\nb ~c}").text == "Given:\n\nR1> enable"


def test_backslash_before_anything_else_stays():
    assert question(r"Is C:\Windows\\new a path?{T}").text == r"Is C:\Windows\new a path?"


def test_escaped_backslash_does_not_escape_what_follows():
    assert options(r"Share?{=\\\\nas\\~b}") == [("\\\\nas\\", True), ("b", False)]


# Text around the braces


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
        ("[html]<p>Of</p>{%s}<p>seven layers</p>", "Of\n_____ seven layers"),
    ],
)
def test_text_after_the_braces_leaves_a_blank(written, shown):
    assert question(written % "=a ~b").text == shown


def test_true_false_keeps_text_after_the_braces():
    assert question("A VLAN is {T} a broadcast domain.").text == "A VLAN is _____ a broadcast domain."


# True or false


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


# Choices


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


def test_one_full_weight_is_a_single_choice():
    asked = "Layer 3?{~%100%router ~switch}"
    assert question(asked).type == "multiple_choice"
    assert options(asked) == [("router", True), ("switch", False)]


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


# Other types and broken braces


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("Name the port.{=443 =https}", "short answer"),
        ("Name the port.{=%50%443#Nearly.}", "short answer"),
        ("Name the port.{https}", "short answer"),
        ("Match.{=DNS -> 53 =SSH -> 22}", "matching"),
        ("How many bits?{#32:0}", "numerical"),
        ("How many bits?{#=32 =%50%31}", "numerical"),
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


# Formats


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


@pytest.mark.parametrize("html", ["a <b", "a <!-- b", "a <script>b", "a <![b", "a &#" + "9" * 5000 + ";", '<a b="c'])
def test_broken_html_is_a_problem(html):
    assert problem(f"[html]{escaped(html)}{{T}}").message.startswith("its HTML is broken")


def test_picture_is_a_problem_and_not_dropped():
    assert problem('[html]See <img src\\="a.png"> it?{T}').message == "HTML with <img> cannot be imported yet"


# Whole files


@pytest.mark.skipif(not EXAMPLES.exists(), reason="Moodle's example file is not at hand")
def test_moodles_own_examples():
    bank = gift.read(EXAMPLES.read_bytes())
    assert Counter(q.type for q in bank.questions) == {"multiple_choice": 12, "true_false": 4, "multi_select": 2}
    assert Counter(p.message.split(" questions")[0] for p in bank.problems) == {
        "short answer": 7,
        "numerical": 6,
        "matching": 2,
    }
    assert [(p.item, p.line) for p in bank.problems][:3] == [(4, 14), (5, 16), (10, 43)]
    last = bank.questions[-1]
    assert (last.item, last.line) == (33, 148)
    assert "".join(choice.text for choice in last.choices) == "~=#{}\\"


HOSTILE = [
    *("{", "}", "~", "=", "#", "\\", "%", ":", " ", "/", "\0", "a", "=%1", "~a ", "{T}\n", "{\n\n", "}\n\n", "a\n\n"),
    *("$CATEGORY: a\n", "$CATEGORY:/ ", "// a\n", "Port 22 is SSH.{=yes ~no#22}\n\n", "[html]a{=<b>a</b> ~b}\n\n"),
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


# Properties

SIGNS = ["\\", "~", "=", "#", "####", "{", "}", "{T}", ":", "::", "%", "%50%", "->", "\n", "\r", "\n\n", "//", " ", "n"]
WORDS = ["a", "b", "[html]", "[plain]", "<b>", "<!", "<![", "<p", "&amp", "$CATEGORY:", "/", ".", "?", "\0", "\ufeff"]
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
        assert len({choice.text for choice in asked.choices}) == len(asked.choices) >= 2
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
