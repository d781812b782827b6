"""Questions of an order, as orderInteraction, and of pairs, as matchInteraction."""

from collections.abc import Sequence
from dataclasses import replace

from study_service.banks.bank import Choice, Question, Unusable
from study_service.banks.qti.writing import asking
from study_service.banks.qti.writing.asking import RESPONSE, Asking
from study_service.banks.qti.writing.choices import option
from study_service.banks.qti.writing.elements import Notes, element


def write(question: Question, notes: Notes) -> Asking:
    if any(choice.target is not None or choice.is_target for choice in question.choices):
        return _pairs(question, notes)
    return _order(question, notes)


def _order(question: Question, notes: Notes) -> Asking:
    choices = question.choices
    listed = asking.named(choices, notes)
    asking.lose_extras(choices, notes, "fixed", "name")
    placed = {choice.place: name for choice, name in zip(choices, listed, strict=True) if choice.place is not None}
    if len(placed) < 2 or len(placed) < sum(choice.place is not None for choice in choices):
        raise Unusable("its right order is not one of two options at least")
    notes.lose("the numbers of its places", when=sorted(placed) != list(range(len(placed))))
    options = [
        option("simpleChoice", name, choice, f"option {place}", notes)
        for place, (name, choice) in enumerate(zip(listed, choices, strict=True), 1)
    ]
    attributes = {"responseIdentifier": RESPONSE, "shuffle": "true"}
    if len(placed) < len(choices):
        attributes |= {"minChoices": "1", "maxChoices": str(len(choices))}
    return Asking(
        declaration=asking.declaration("ordered", "identifier", [placed[place] for place in sorted(placed)]),
        interaction=element("orderInteraction", attributes, *options),
        processing=asking.template("match_correct"),
    )


def _pairs(question: Question, notes: Notes) -> Asking:
    """The options are the first list, the targets the second. A target that is no option of its own has no name."""
    options = [choice for choice in question.choices if not choice.is_target]
    targets = [choice for choice in question.choices if choice.is_target]
    stated = {choice.text for choice in targets}
    texts = dict.fromkeys(choice.target for choice in options if choice.target is not None)
    targets += [Choice(text, False, is_target=True) for text in texts if text not in stated]
    if len(options) < 2 or any(choice.target is None for choice in options):
        raise Unusable("it has an option without a target, or only one option")
    asking.lose_extras([*options, *targets], notes, "name")
    names = asking.named([*options, *targets], notes)
    of_target = {choice.text: name for choice, name in zip(targets, names[len(options) :], strict=True)}
    pairs = [f"{name} {of_target[choice.target or '']}" for choice, name in zip(options, names, strict=False)]
    attributes = {"responseIdentifier": RESPONSE, "shuffle": "true", "maxAssociations": str(len(options))}
    sides = _side(options, names, "option", "1", notes), _side(targets, names[len(options) :], "target", "0", notes)
    return Asking(
        declaration=asking.declaration("multiple", "directedPair", pairs),
        interaction=element("matchInteraction", attributes, *sides),
        processing=asking.template("match_correct"),
    )


def _side(choices: Sequence[Choice], names: Sequence[str], what: str, most: str, notes: Notes) -> str:
    listed = (
        option("simpleAssociableChoice", name, replace(choice, fixed=None), f"{what} {place}", notes, matchMax=most)
        for place, (name, choice) in enumerate(zip(names, choices, strict=False), 1)
    )
    return element("simpleMatchSet", None, *listed)
