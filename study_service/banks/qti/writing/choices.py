"""Questions whose options are chosen, as choiceInteraction."""

from collections.abc import Sequence

from study_service.banks.bank import Choice, Question, Unusable
from study_service.banks.qti.writing import asking, weights
from study_service.banks.qti.writing.asking import CORRECT, MAPPED, RESPONSE, VARIABLE, Asking
from study_service.banks.qti.writing.elements import Notes, element

_TRUE_FALSE = {"true", "false"}
_MATCHED = element("match", None, VARIABLE, CORRECT)
_FULL_MARK = asking.score(asking.base("float", "1"))
_SCORINGS = {
    "match_correct": asking.condition(asking.branch("responseIf", _MATCHED, _FULL_MARK)),
    "map_response": asking.score(MAPPED),
    # The whole key earns the full mark, whatever its parts earn together.
    "both": asking.condition(
        asking.branch("responseIf", _MATCHED, _FULL_MARK), asking.branch("responseElse", asking.score(MAPPED))
    ),
}


def one(question: Question, notes: Notes) -> Asking:
    """A question with one answer. Of several right ones there is no correctResponse: it would hold one."""
    choices = question.choices
    rights = [choice.is_correct for choice in choices]
    if all(rights) or not any(rights):
        raise Unusable("all of its options are right, or none")
    is_true_false = {choice.text.strip().lower() for choice in choices} == _TRUE_FALSE
    notes.lose(f"its type, {question.type}", when=is_true_false is not (question.type == "true_false"))
    stated = weights.of_one(choices, notes)
    if rights.count(True) == 1 and not any(stated):
        return _asking(question, notes, weights.Mapped([None] * len(choices)), "match_correct")
    mapped = [1.0 if right else weight for right, weight in zip(rights, stated, strict=True)]
    return _asking(question, notes, weights.Mapped(mapped), "map_response")


def several(question: Question, notes: Notes) -> Asking:
    """A question with a set of right options."""
    if not any(choice.is_correct for choice in question.choices):
        raise Unusable("none of its options is right")
    mapped = weights.of_set(question.choices, notes)
    if mapped is None:
        return _asking(question, notes, weights.Mapped([None] * len(question.choices)), "match_correct")
    return _asking(question, notes, mapped, "map_response" if mapped.is_whole else "both")


def _asking(question: Question, notes: Notes, mapped: weights.Mapped, scoring: str) -> Asking:
    choices = question.choices
    listed = asking.named(choices, notes)
    asking.lose_extras(choices, notes, "explanation", "weight", "fixed", "name")
    cardinality = "multiple" if question.type == "multi_select" else "single"
    right = [name for name, choice in zip(listed, choices, strict=True) if choice.is_correct]
    comments = [
        asking.comment(name, notes.markup(f"the feedback of option {place}", choice.explanation))
        for place, (name, choice) in enumerate(zip(listed, choices, strict=True), 1)
        if choice.explanation is not None
    ]
    return Asking(
        declaration=asking.declaration(
            cardinality,
            "identifier",
            right if cardinality == "multiple" or len(right) == 1 else (),
            _mapping(listed, mapped) if scoring != "match_correct" else "",
        ),
        interaction=_interaction(choices, listed, notes, most="0" if cardinality == "multiple" else "1"),
        processing=_processing(scoring, has_comments=bool(comments)),
        comments=comments,
        feedback=cardinality if comments else None,
    )


def _mapping(listed: Sequence[str], mapped: weights.Mapped) -> str:
    entries = [
        element("mapEntry", {"mapKey": name, "mappedValue": asking.number(worth)})
        for name, worth in zip(listed, mapped.worths, strict=True)
        if worth is not None
    ]
    return element("mapping", asking.bounds(mapped.default), *entries)


def _interaction(choices: Sequence[Choice], listed: Sequence[str], notes: Notes, *, most: str) -> str:
    options = [
        option("simpleChoice", name, choice, f"option {place}", notes)
        for place, (name, choice) in enumerate(zip(listed, choices, strict=True), 1)
    ]
    attributes = {"responseIdentifier": RESPONSE, "shuffle": "true", "maxChoices": most}
    return element("choiceInteraction", attributes, *options)


def option(tag: str, name: str, choice: Choice, what: str, notes: Notes, **attributes: str) -> str:
    """An option of an interaction; without `fixed` it is left to its text whether it keeps its place."""
    fixed = {} if choice.fixed is None else {"fixed": str(choice.fixed).lower()}
    return element(tag, {"identifier": name, **fixed, **attributes}, notes.markup(what, choice.text))


def _processing(scoring: str, *, has_comments: bool) -> str:
    if scoring != "both" and not has_comments:
        return asking.template("match_correct" if scoring == "match_correct" else "map_response")
    shown = asking.shows(VARIABLE) if has_comments else ""
    return element("responseProcessing", None, shown + _SCORINGS[scoring])
