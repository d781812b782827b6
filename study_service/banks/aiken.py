"""Aiken, a text format for questions with one right option.

    Which layer routes packets?
    A) Network
    B) Data link
    ANSWER: A

A question is one line or several, then its options in the order of the alphabet, each on a line of its own behind a
letter and ) or a full stop, then ANSWER: and the letter of the right one. Empty lines count for nothing, except that
text in front of one is no part of the question behind it. This is as Moodle reads it (qformat_aiken), but for questions
of several lines and small letters, which Moodle refuses, and for several letters behind ANSWER:, which are refused here
and of which Moodle takes the first.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from study_service.banks import carried, decoding
from study_service.banks.bank import (
    MAX_QUESTIONS,
    OPTION_LIMIT,
    TEXT_LIMIT,
    Bank,
    Choice,
    Problem,
    Question,
    Unusable,
    Written,
)

_OPTION = re.compile(r"(?:([A-Z])[).][ \t]?|([a-z])[).][ \t])(.*)")
_ANSWER = re.compile(r"ANSWER[ \t]*:(.*)", re.IGNORECASE)
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LETTER = re.compile(r"([A-Za-z])[).]?")


@dataclass(slots=True)
class _Block:
    """The lines of what may be a question. `right` is what stands behind ANSWER:, None where that is missing."""

    line: int
    text: list[str] = field(default_factory=list)
    options: list[tuple[str, str]] = field(default_factory=list)
    right: str | None = None
    is_text_over: bool = False


def read(data: bytes) -> Bank:
    try:
        text = decoding.unix(decoding.decoded(data))
    except decoding.NotText as error:
        return Bank(problems=[error.problem])
    bank = Bank()
    for item, block in enumerate(_blocks(text), 1):
        if item > MAX_QUESTIONS:
            message = f"more than {MAX_QUESTIONS:,} questions: import them in several files"
            return Bank(problems=[Problem(0, block.line, message)])
        try:
            bank.questions.append(_question(item, block))
        except Unusable as reason:
            bank.problems.append(Problem(item, block.line, str(reason)))
    return bank


def _blocks(text: str) -> Iterator[_Block]:
    """The questions, and what stands between them as if it were some."""
    block = _Block(0)
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        answer, option = _ANSWER.fullmatch(line), _option(line, block)
        if not line:
            block.is_text_over = bool(block.text)
            continue
        if block.right is not None or (not answer and not option and (block.options or block.is_text_over)):
            yield block
            block = _Block(0)
            option = _option(line, block)
        block.line = block.line or number
        if answer:
            block.right = answer[1].strip()
        elif option:
            block.options.append(option)
        else:
            block.text.append(line)
    if block.line:
        yield block


def _option(line: str, block: _Block) -> tuple[str, str] | None:
    """Letter and text of an option. The first has an A: "E. g." begins a text."""
    option = _OPTION.fullmatch(line)
    letter = (option[1] or option[2]).upper() if option else ""
    return (letter, option[3].strip()) if option and (block.options or letter == "A") else None


def _question(item: int, block: _Block) -> Question:
    text = "\n".join(block.text)
    if any("\0" in part for part in (text, *(option for _, option in block.options))):
        raise Unusable("there is a NUL character in it")
    if not text:
        raise Unusable("there is no question above this line")
    if block.right is None:
        raise Unusable("there is no ANSWER: below its options, each of which is one line")
    if len(text) > TEXT_LIMIT:
        raise Unusable(f"the question text is longer than {TEXT_LIMIT:,} characters")
    texts = _options(block)
    right = _right(block)
    choices = tuple(Choice(option, place == right) for place, option in enumerate(texts))
    return Question(item=item, line=block.line, text=text, type="multiple_choice", choices=choices)


def _options(block: _Block) -> list[str]:
    texts = [text for _, text in block.options]
    if len(texts) < 2:
        raise Unusable(f"{len(texts)} option(s), where 2 at least are needed")
    for wanted, (letter, text) in zip(_ALPHABET, block.options, strict=False):
        if letter != wanted:
            raise Unusable(f"option {letter} stands where option {wanted} should")
        if not text:
            raise Unusable(f"option {letter} has no text")
        if len(text) > OPTION_LIMIT:
            raise Unusable(f"option {letter} is longer than {OPTION_LIMIT:,} characters")
    if len(texts) > len(_ALPHABET):
        raise Unusable(f"more than {len(_ALPHABET)} options")
    if len(set(texts)) < len(texts):
        raise Unusable("two options have the same text")
    return texts


def _right(block: _Block) -> int:
    """The place of the right option, from 0."""
    stated = _LETTER.fullmatch(block.right or "")
    if not stated:
        raise Unusable(f'ANSWER: is the letter of the one right option, not "{block.right}"')
    place = _ALPHABET.index(stated[1].upper())
    if place >= len(block.options):
        raise Unusable(f"ANSWER: {stated[1]}, but the last option is {_ALPHABET[len(block.options) - 1]}")
    return place


def write(bank: Bank) -> Written:
    """The bank as Aiken that Moodle reads, too, each text on one line. What is no question for it is left out."""
    alone = carried.alone(bank, _block, read)
    return Written("\n".join(file for _, file in alone.files).encode(), alone.losses)


def _block(question: Question) -> str:
    right = [letter for letter, choice in zip(_ALPHABET, question.choices, strict=False) if choice.is_correct]
    if question.type not in ("multiple_choice", "true_false") or len(right) != 1:
        raise Unusable(f"Aiken has only questions with one right option, not this one ({question.type})")
    options = [f"{letter}) {_line(choice.text)}" for letter, choice in zip(_ALPHABET, question.choices, strict=False)]
    return "\n".join([_line(question.text), *options, f"ANSWER: {right[0]}", ""])


def _line(text: str) -> str:
    return " ".join(re.split(r"[\r\n]+", text))
