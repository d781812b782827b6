"""Interactions in which options are chosen: choiceInteraction, and inlineChoiceInteraction in a sentence."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from study_service.banks.bank import Choice, QuestionType, Unusable
from study_service.banks.qti import asked, body, feedback, names, scores, sets
from study_service.banks.qti.asked import Answer, Asked
from study_service.banks.qti.feedback import Comments, Run
from study_service.banks.qti.scores import Key

_TRUE_FALSE = {"true", "false"}


def read(question: Asked) -> Answer:
    elements = list(names.inside(question.interaction, "simpleChoice", "inlineChoice"))
    listed = asked.identified(elements, "options")
    texts = [body.text_of(question.texts, f"option {n}", element) for n, element in enumerate(elements, 1)]
    asked.distinct(texts, "options")
    kind, key = _keyed(question, listed)
    if kind == "multiple_choice" and {text.lower() for text in texts} == _TRUE_FALSE:
        kind = "true_false"
    comments = _comments(question, listed, key, is_set=kind == "multi_select")
    fixed = [_fixed(element, question) for element in elements]
    choices = [
        Choice(text, right, explanation, weight, name=name, fixed=stays)
        for text, right, explanation, weight, name, stays in zip(
            texts, key.rights, comments.options, key.weights, listed, fixed, strict=True
        )
    ]
    return Answer(kind, tuple(choices), comments.question)


def _keyed(question: Asked, listed: Sequence[str]) -> tuple[QuestionType, Key]:
    cardinality, most = question.response.cardinality, question.limit("maxChoices")
    if cardinality == "single":
        return "multiple_choice", scores.of_one(question.processing, listed, question.texts)
    if cardinality != "multiple":
        raise Unusable(f"its options are chosen, but the cardinality of its response is {cardinality[:20]!r}")
    key = sets.key(question.processing, listed, most, question.texts)
    return "multiple_choice" if most == 1 else "multi_select", key


def _fixed(element: Element, question: Asked) -> bool | None:
    """Whether an option keeps its place. Where nothing is shuffled, all do."""
    if not names.is_true(question.interaction, "shuffle"):
        return True
    return names.is_true(element, "fixed") if "fixed" in element.attrib else None


def _comments(question: Asked, listed: Sequence[str], key: Key, *, is_set: bool) -> Comments:
    if not question.feedbacks:
        return Comments(None, [None] * len(listed))
    places = range(len(listed))
    answers = [frozenset({place}) for place in places]
    if is_set:
        right = frozenset(place for place in places if key.rights[place])
        answers = [*answers, right, frozenset(places), *(right ^ {place} for place in places if right != {place})]
    response = question.response
    runs = [
        Run(answer, question.processing.run(response.value(*(listed[place] for place in sorted(answer)))))
        for answer in answers
    ]
    return feedback.comments(question.feedbacks, runs, listed, question.texts)
