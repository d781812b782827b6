"""What of a question a format keeps: what was written is read again and compared, and losses are told in words."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from study_service import options
from study_service.banks.bank import Bank, Choice, Objective, Problem, Question, Unusable
from study_service.grading import CHOICES


@dataclass(frozen=True, slots=True)
class Alone:
    """What can be written of a bank: each question with a file that has it alone; and what is lost."""

    files: list[tuple[Question, str]]
    losses: list[Problem]


_COLUMNS = {
    "objective": "its objective",
    "explanation": "its explanation",
    "reference": "its reference",
    "external_link": "its link",
    "difficulty": "its difficulty",
    "tags": "its tags",
    "image_url": "its picture",
    "external_id": "its id",
    "unit": "its unit",
    "units": "its other units",
    "image_size": "the size of its picture",
}


def alone(bank: Bank, write: Callable[[Question], str], read: Callable[[bytes], Bank]) -> Alone:
    """Write each question of a bank as a file of its own, read that file again, and note what was lost.

    Returns the files of the questions that can be written, and what is lost: of the bank, of each question, and the
    questions that cannot be written.
    """
    files, lost, again = list[tuple[Question, str]](), list[Problem](), list[Bank]()
    for question in bank.questions:
        try:
            text = write(question)
            one = read(text.encode())
            lost += [Problem(question.item, None, loss) for loss in losses(question, one)]
        except Unusable as reason:
            lost.append(Problem(question.item, None, f"left out: {reason}"))
        else:
            files.append((question, text))
            again.append(one)
    return Alone(files, [*_of_bank(bank, again), *lost])


def losses(question: Question, again: Bank) -> list[str]:
    """What the question lacks in a file that has it alone, as that was read again.

    Unusable where the file has not this question. Its text, its options and its key must be the same, but for spaces.
    """
    if again.problems:
        raise Unusable(again.problems[0].message)
    if len(again.questions) != 1 or _plain(again.questions[0].text) != _plain(question.text):
        raise Unusable("its text would become another")
    (other,) = again.questions
    pairs = list(zip(_choices(question), _choices(other), strict=False))
    kind = question.type
    if len(pairs) < len(_choices(question)) or any(_meaning(kind, a) != _meaning(kind, b) for (_, a), (_, b) in pairs):
        raise Unusable("its answers would become others")
    return [*_of_question(question, other), *_of_options(question, other), *dict.fromkeys(_of_each(question, pairs))]


def _of_bank(bank: Bank, again: list[Bank]) -> list[Problem]:
    """What is lost of the file as a whole: of the exam, and of objectives what is not read beside a question."""
    lost = [] if bank.exam is None else ["the exam's vendor, code and name"]
    kept = {question.objective: Objective(question.objective or "") for one in again for question in one.questions}
    kept |= {objective.name: objective for one in again for objective in one.objectives}
    for objective in bank.objectives:
        if objective.name not in kept:
            lost.append(f'the objective "{objective.name}"')
        elif objective != kept[objective.name]:
            lost.append(f'description, weight or code of the objective "{objective.name}"')
    return [Problem(0, None, loss) for loss in lost]


def _plain(text: str) -> str:
    return " ".join(text.split())


def _choices(question: Question) -> list[tuple[int, Choice]]:
    """The options to compare, each with its number: by their texts where the order of options means nothing.

    A target that some option leads to is left out, for a format need not list it again.
    """
    targets = {choice.target for choice in question.choices}
    listed = [
        (number, choice)
        for number, choice in enumerate(question.choices, 1)
        if not (choice.is_target and choice.text in targets)
    ]
    return sorted(listed, key=lambda pair: _plain(pair[1].text)) if question.type in CHOICES else listed


def _meaning(kind: str, choice: Choice) -> tuple[Any, ...]:
    text = _plain(choice.text).lower() if kind == "true_false" else _plain(choice.text)
    key = dict(choice.number) if kind == "numeric" else text
    target = None if choice.target is None else _plain(choice.target)
    return key, choice.is_correct, choice.is_target, target, choice.place, choice.region, choice.coords


def _of_question(question: Question, other: Question) -> Iterator[str]:
    if question.type != other.type:
        yield f"its type, {question.type}"
    if question.text != other.text:
        yield "spaces or line breaks in its text"
    for column, words in _COLUMNS.items():
        if (getattr(question, column) or None) != (getattr(other, column) or None):
            yield words


def _of_options(question: Question, other: Question) -> Iterator[str]:
    """What is lost of the options together."""
    texts, others = ([_plain(choice.text) for choice in one.choices] for one in (question, other))
    if question.type in CHOICES and [text.lower() for text in texts] != [text.lower() for text in others]:
        yield "the order of its options"
    if _is_unweighted(question) and not _is_unweighted(other):
        yield "that nothing but the whole key earns anything"
    if question.type in CHOICES and _fixed(question) != _fixed(other):
        yield "which options stay last"


def _of_each(question: Question, pairs: list[tuple[tuple[int, Choice], tuple[int, Choice]]]) -> Iterator[str]:
    """What is lost of one option or another."""
    weighted = not _is_unweighted(question)
    for (number, choice), (_, other) in sorted(pairs, key=lambda pair: pair[0][0]):
        if (choice.text, choice.target) != (other.text, other.target):
            yield f"how option {number} is written"
        if (choice.explanation or None) != (other.explanation or None):
            yield f"the feedback of option {number}"
        if weighted and _credit(question, choice) != _credit(question, other):
            yield f"the weight of option {number}"
        if choice.case_sensitive != other.case_sensitive:
            yield "that capital letters count"
        if choice.name != other.name:
            yield "the ids of its options"


def _is_unweighted(question: Question) -> bool:
    return question.type == "multi_select" and all(choice.weight is None for choice in question.choices)


def _credit(question: Question, choice: Choice) -> float | None:
    """The weight. Only where several options are right together it is something else to state none."""
    if choice.weight is not None or question.type == "multi_select":
        return choice.weight
    return float(choice.is_correct)


def _fixed(question: Question) -> dict[str, bool]:
    """Which options stay last, by what is stated or else by their texts."""
    stays = options.last([choice.text for choice in question.choices])
    return {
        _plain(choice.text).lower(): last if choice.fixed is None else choice.fixed
        for choice, last in zip(question.choices, stays, strict=True)
    }
