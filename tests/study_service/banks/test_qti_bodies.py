"""What of an item's texts is the question, what explains it, and what is lost or refused."""

import pytest

from tests.study_service.banks.qti_texts import (
    CORRECT,
    MATCH,
    OPTIONS,
    VARIABLE,
    choice,
    item,
    losses,
    problem,
    processing,
    question,
    response,
    sets,
    simple,
    when,
)


def with_body(before: str, prompt: str = "Which?", after: str = "") -> str:
    return item(before + choice(prompt=prompt) + after, response("A"))


def test_body_and_prompt_are_one_text_in_their_order() -> None:
    body = "<p>A <b>switch</b> &amp; a router.</p><table><tr><td>a</td><td>b</td></tr></table>"
    assert question(with_body("<p>A <b>switch</b> &amp; a router.</p>", "Which?", "<p>(2 points)</p>")).text == (
        "A switch & a router.\nWhich?\n(2 points)"
    )
    assert losses(with_body(body)) == ["the question text loses a table's layout"]


def test_signs_of_html_in_a_text_stay_signs() -> None:
    assert question(with_body("<p>&lt;b&gt; is bold, 1 &lt; 2</p>", prompt="")).text == "<b> is bold, 1 < 2"


def test_a_picture_on_the_web_is_the_questions() -> None:
    image = '<p><img src="https://example.com/net.png" alt="a net"/></p>'
    asked = question(with_body(image))
    assert (asked.image_url, asked.text, asked.states) == ("https://example.com/net.png", "Which?", {"image_url"})
    objects = '<object type="image/png" data="https://example.com/net.png">a net</object>'
    assert question(with_body(objects)).image_url == "https://example.com/net.png"


def test_a_picture_in_the_package_is_its_words() -> None:
    text = with_body('<p><img src="images/net.png" alt="a net"/></p>')
    assert (question(text).image_url, question(text).text) == (None, "[picture: a net]\nWhich?")
    assert losses(text) == ["the question text loses a picture: a net"]
    bare = with_body('<p><img src="images/net.png" alt=""/></p>')
    assert problem(bare) == "there is a picture without a description (alt) in it, and it cannot be understood without"


def test_what_an_option_loses_is_told_by_its_number() -> None:
    options = simple(A="a", B='<a href="https://example.com">b</a>')
    assert losses(item(choice(options), response("A"))) == ["option 2 loses the link to https://example.com"]


def test_hints_and_styles() -> None:
    body = '<stylesheet href="x.css"/><infoControl title="Hint"><p>Think.</p></infoControl>'
    assert (question(with_body(body)).text, losses(with_body(body))) == (
        "Which?",
        ["a hint that learners may open is lost"],
    )


def test_long_texts() -> None:
    assert problem(with_body(f"<p>{'a' * 10_001}</p>")) == "the question text is longer than 10,000 characters"
    long = item(choice(simple(A="a", B="b" * 2_001)), response("A"))
    assert problem(long) == "option 2 is longer than 2,000 characters"
    assert problem(item(choice(), response("A")).replace('"vlan"', f'"{"v" * 201}"')) == (
        "its identifier is longer than 200 characters"
    )


def test_an_object_that_is_no_picture() -> None:
    bare = with_body('<object type="text/html" data="a.html"/>')
    assert problem(bare) == "there is a picture without a description (alt) in it, and it cannot be understood without"
    assert (
        question(with_body('<object type="text/html" data="a.html">a net</object>')).text == "[picture: a net]\nWhich?"
    )


def test_an_item_without_a_body() -> None:
    assert problem(item("").replace("<itemBody></itemBody>", choice())) == "its response 'RESPONSE' is not declared"
    assert problem(item("", response("A")).replace("<itemBody></itemBody>", choice())) == "it has no itemBody"


REFUSED = {
    "it is adaptive: it changes with each attempt": item(choice(), response("A"), attributes='adaptive="true"'),
    "it is a template: its values are made up anew for each learner": item(
        choice(), response("A") + '<templateDeclaration identifier="X" cardinality="single" baseType="integer"/>'
    ),
    "its text is put together when it is shown (<printedVariable>)": with_body(
        '<p><printedVariable identifier="X"/></p>'
    ),
    "a part of it is in another file (<assessmentStimulusRef>)": item(
        choice(), response("A") + '<assessmentStimulusRef identifier="s" href="s.xml"/>'
    ),
    "a part of it is in another file (<include>)": with_body(
        '<include xmlns="http://www.w3.org/2001/XInclude" href="a.xml"/>'
    ),
    "there is no interaction in it, so nothing to answer": item("<p>Read.</p>"),
    "it has 2 interactions, and a question here has one answer": item(choice() + choice(), response("A")),
    "its interaction is not known: newInteraction": item("<newInteraction/>"),
    "essay questions cannot be asked yet": item('<extendedTextInteraction responseIdentifier="RESPONSE"/>'),
    "its answer is a file": item('<uploadInteraction responseIdentifier="RESPONSE"/>' + choice()),
    "its interaction is a program of its own": item('<portableCustomInteraction responseIdentifier="RESPONSE"/>'),
    "words chosen in a text cannot be asked yet": item('<hottextInteraction responseIdentifier="RESPONSE"/>'),
    "its pairs are made within one list, and here an option and its target are of two": item(
        '<associateInteraction responseIdentifier="RESPONSE"/>'
    ),
}


@pytest.mark.parametrize("message", REFUSED)
def test_refused(message: str) -> None:
    assert problem(REFUSED[message]) == message


FEEDBACK = '<outcomeDeclaration identifier="FEEDBACK" cardinality="single" baseType="identifier"/>'
SCORED = when(f"<match>{VARIABLE}{CORRECT}</match>", sets("SCORE", '<baseValue baseType="float">1</baseValue>'))


def modal(identifier: str, text: str, show: str = "show", outcome: str = "FEEDBACK") -> str:
    attributes = f'outcomeIdentifier="{outcome}" identifier="{identifier}" showHide="{show}"'
    return f"<modalFeedback {attributes}>{text}</modalFeedback>"


def shown(identifier: str) -> str:
    return sets("FEEDBACK", f'<baseValue baseType="identifier">{identifier}</baseValue>')


def test_what_each_option_shows_explains_it() -> None:
    handled = processing(sets("FEEDBACK", VARIABLE), SCORED)
    comments = modal("A", "<p>It lists them.</p>") + modal("B", "Those are routes.")
    asked = question(item(choice(), response("A") + FEEDBACK, handled, after=comments))
    assert ([c.explanation for c in asked.choices], asked.explanation) == (
        ["It lists them.", "Those are routes."],
        None,
    )


def test_what_every_answer_shows_explains_the_question() -> None:
    always = modal("x", "Since IOS 11.", "hide")
    asked = question(item(choice(), response("A"), MATCH, after=always))
    assert ([c.explanation for c in asked.choices], asked.explanation) == ([None, None], "Since IOS 11.")
    assert asked.states == {"explanation"}
    said = processing(shown("said"), SCORED)
    assert question(item(choice(), response("A") + FEEDBACK, said, after=modal("said", "So."))).explanation == "So."


def test_right_and_wrong_are_said_of_the_options_that_show_them() -> None:
    handled = processing(when(f"<match>{VARIABLE}{CORRECT}</match>", shown("yes"), otherwise=shown("no")), SCORED)
    options = OPTIONS + simple(C="show run")
    text = item(choice(options), response("A") + FEEDBACK, handled, after=modal("yes", "Yes.") + modal("no", "No."))
    assert [c.explanation for c in question(text).choices] == ["Yes.", "No.", "No."]
    many = text.replace('cardinality="single"', 'cardinality="multiple"', 1).replace('maxChoices="1"', 'maxChoices="0"')
    assert [c.explanation for c in question(many).choices] == [None] * 3
    assert losses(many)[:2] == [
        "a feedback that belongs to no single option is lost: 'Yes.'",
        "a feedback that belongs to no single option is lost: 'No.'",
    ]


def test_of_a_set_a_comment_belongs_to_its_option_alone() -> None:
    outcome = FEEDBACK.replace('cardinality="single"', 'cardinality="multiple"')
    handled = processing(sets("FEEDBACK", VARIABLE), SCORED)
    inline = "".join(
        f'<simpleChoice identifier="{name}">{name}<feedbackInline outcomeIdentifier="FEEDBACK" identifier="{name}" '
        f'showHide="show">about {name}</feedbackInline></simpleChoice>'
        for name in "ABC"
    )
    declared = response("A;B", cardinality="multiple") + outcome
    asked = question(item(choice(inline, 'shuffle="true" maxChoices="0"'), declared, handled))
    assert [(c.text, c.explanation) for c in asked.choices] == [("A", "about A"), ("B", "about B"), ("C", "about C")]


def test_a_comment_inside_an_option_that_nothing_shows_is_the_options() -> None:
    inline = '<simpleChoice identifier="A">a<feedbackInline outcomeIdentifier="F" identifier="A">So.</feedbackInline>'
    asked = question(item(choice(f"{inline}</simpleChoice>" + simple(B="b")), response("A")))
    assert [(c.text, c.explanation) for c in asked.choices] == [("a", "So."), ("b", None)]


def test_a_comment_that_nothing_shows_is_lost() -> None:
    text = item(choice(), response("A"), after=modal("x", "Never seen."))
    assert losses(text) == ["a feedback that belongs to no single option is lost: 'Never seen.'"]
