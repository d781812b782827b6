"""Writer of GIFT files that Moodle reads, too: texts are in its plain format, so that <prefix> is no HTML there."""

from collections.abc import Iterable, Sequence

from study_service.banks import carried, numbers, paths
from study_service.banks.bank import Bank, Choice, Question, Unusable, Written
from study_service.banks.gift import comments, reader
from study_service.banks.gift.texts import escaped, percent, written


def write(bank: Bank) -> Written:
    """The bank as GIFT. A question that GIFT cannot carry is left out, and its loss says so."""
    alone = carried.alone(bank, lambda question: _category(question.objective) + _block(question), reader.read)
    parts, before = list[str](), _category(None)
    for question, file in alone.files:
        category = _category(question.objective)
        parts.append(file.removeprefix(category) if category == before else file)
        before = category
    return Written("\n".join(parts).encode(), alone.losses)


def _category(objective: str | None) -> str:
    """The line that says to which objective the questions behind it belong, and a blank one."""
    return f"$CATEGORY: {paths.path(objective)}\n\n"


def _block(question: Question) -> str:
    inside = "".join(f"\t{line}\n" for line in _answers(question))
    if question.explanation:
        inside += f"\t####{written(question.explanation)}\n"
    sign = "#" if question.type == "numeric" else ""
    comment = comments.written(question.external_id, question.tags)
    return f"{comment}[plain]{escaped(question.text)} {{{sign}\n{inside}}}\n"


def _answers(question: Question) -> list[str]:
    """A line for each answer."""
    choices = question.choices
    match question.type:
        case "true_false" if {choice.text.lower() for choice in choices} == {"true", "false"}:
            return [_true_false(choices)]
        case "multiple_choice" | "true_false":
            return [_one_of(choice) for choice in choices]
        case "multi_select":
            return _some_of(choices)
        case "short_answer":
            return [f"={_weight(choice)}{written(choice.text)}{_feedback(choice)}" for choice in choices]
        case "numeric":
            return [_number(choice, is_last=choice is choices[-1]) for choice in choices]
        case "drag_drop" if any(choice.target is not None for choice in choices):
            return _pairs(choices)
    raise Unusable(f"GIFT has no questions like this one ({question.type})")


def _true_false(choices: Iterable[Choice]) -> str:
    wrong, right = sorted(choices, key=lambda choice: choice.is_correct)
    feedback = [_feedback(wrong) or "#", _feedback(right)] if right.explanation else [_feedback(wrong)]
    return right.text.upper() + "".join(feedback)


def _one_of(choice: Choice) -> str:
    weight = "" if choice.is_correct or choice.weight is None else f"%{percent(choice.weight)}%"
    return f"{'=' if choice.is_correct else '~'}{weight}{written(choice.text)}{_feedback(choice)}"


def _some_of(choices: Sequence[Choice]) -> list[str]:
    """Each with its weight, which says whether it is right. Without any, right ones share and wrong ones cost all."""
    right = sum(choice.is_correct for choice in choices)
    weights = [choice.weight for choice in choices]
    if not any(weight is not None for weight in weights):
        weights = [1 / max(right, 1) if choice.is_correct else -1.0 for choice in choices]
    return [
        f"~{'' if weight is None else f'%{percent(weight)}%'}{written(choice.text)}{_feedback(choice)}"
        for choice, weight in zip(choices, weights, strict=True)
    ]


def _number(choice: Choice, *, is_last: bool) -> str:
    if not choice.number and is_last and not choice.is_correct and not choice.weight:
        return f"~{_feedback(choice) or '#'}"
    return f"={_weight(choice)}{numbers.written(choice.number)}{_feedback(choice)}"


def _pairs(choices: Sequence[Choice]) -> list[str]:
    """The pairs, and the targets of none behind nothing."""
    used = {choice.target for choice in choices}
    return [
        f"= -> {escaped(choice.text)}"
        if choice.is_target
        else f"={written(choice.text)} -> {escaped(choice.target or '')}"
        for choice in choices
        if not (choice.is_target and choice.text in used)
    ]


def _weight(choice: Choice) -> str:
    """The credit of an accepted answer. One without any would earn all of it."""
    credit = 0.0 if choice.weight is None and not choice.is_correct else choice.weight
    return "" if credit is None else f"%{percent(credit)}%"


def _feedback(choice: Choice) -> str:
    return f"#{written(choice.explanation)}" if choice.explanation else ""
