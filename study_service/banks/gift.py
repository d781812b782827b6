"""Reader of GIFT, Moodle's text format for questions."""

import re
from dataclasses import replace

from study_service.banks import gift_scan, gift_text, gift_written
from study_service.banks.bank import (
    MAX_OBJECTIVES,
    MAX_QUESTIONS,
    NAME_LIMIT,
    OPTION_LIMIT,
    TEXT_LIMIT,
    Bank,
    Choice,
    Problem,
    Question,
    QuestionType,
    Unusable,
)

MAX_MARKUP = 100_000  # HTML tags and entities in a file: each takes microseconds to read
BLANK = "_____"
TRUE, FALSE = ("T", "TRUE"), ("F", "FALSE")

Answer = tuple[QuestionType, tuple[Choice, ...]]


def read(data: bytes) -> Bank:
    bank = Bank()
    try:
        text = gift_scan.decoded(data)
    except UnicodeDecodeError as error:
        offset, line = gift_scan.position(data, error)
        bank.problems.append(Problem(0, line, f"the file is not UTF-8: byte 0x{data[offset]:02x} at offset {offset}"))
        return bank
    if "[html]" in text and text.count("<") + text.count("&") > MAX_MARKUP:
        bank.problems.append(
            Problem(0, None, f"more than {MAX_MARKUP:,} tags and entities: import them in several files")
        )
        return bank
    categories = set()
    for item, block in enumerate(gift_scan.blocks(text), 1):
        categories.add(block.objective)
        if item > MAX_QUESTIONS:
            message = f"more than {MAX_QUESTIONS:,} questions: import them in several files"
            return Bank(problems=[Problem(0, block.line, message)])
        if len(categories) > MAX_OBJECTIVES:
            message = f"more than {MAX_OBJECTIVES} categories: the next begins before this line"
            return Bank(problems=[Problem(0, block.line, message)])
        try:
            bank.questions.append(_question(item, block))
        except Unusable as reason:
            bank.problems.append(Problem(item, block.line, str(reason)))
    return bank


def _question(item: int, block: gift_scan.Block) -> Question:
    if "\0" in block.text or "\0" in (block.objective or ""):
        raise Unusable("there is a NUL character in it or in its category")
    if len(block.objective or "") > NAME_LIMIT:
        raise Unusable(f"the name of its category is longer than {NAME_LIMIT} characters")
    title, body = gift_scan.titled(gift_scan.masked(block.text))
    before, answers, after = gift_scan.parted(body)
    markup, before = gift_text.markup(before, "moodle")
    answers, general = _general_feedback(answers)
    kind, choices = _answer(answers.strip(), markup)
    text = _sentence(*gift_text.halves(before, after, markup)) or gift_scan.unmasked(title).strip()
    if not text:
        raise Unusable("there is no question text")
    if len(text) > TEXT_LIMIT:
        raise Unusable(f"the question text is longer than {TEXT_LIMIT:,} characters")
    return Question(
        item=item,
        line=block.line,
        text=text,
        type=kind,
        choices=choices,
        objective=block.objective,
        explanation=gift_text.feedback("the general feedback", general, markup),
    )


def _sentence(before: str, after: str) -> str:
    """The question as one text, with a blank where its answers stood.

    The blank has the spaces that the author wrote, at least one beside a word and none before punctuation. There is no
    blank if nothing follows, or only the period that some authors put behind {…} after a finished sentence.
    """
    before, after = before.lstrip(), after.rstrip()
    if not after or (after.strip() == "." and before.rstrip().endswith(("?", ":", ".", "!"))):
        return before.rstrip()
    if before and (before[-1].isalnum() or before[-1] in ".,;:!?"):
        before += " "
    if after[0].isalnum():
        after = " " + after
    elif after.lstrip()[0] in ".,;:!?":
        after = after.lstrip()
    return before + BLANK + after


def _general_feedback(answers: str) -> tuple[str, str]:
    if "####" not in answers:
        return answers, ""
    answers, _, general = answers.rpartition("####")
    return answers, general


def _answer(answers: str, markup: str) -> Answer:
    """The type and the options of what stands in the braces. The signs tell the type, checked in Moodle's order."""
    if not answers:
        raise Unusable("essay questions cannot be asked yet")
    if answers.startswith("#"):
        return "numeric", gift_written.numbers(answers[1:], markup)
    if "~" in answers:
        return _choice(answers, markup)
    if "=" in answers and "->" in answers:
        return "drag_drop", gift_written.pairs(answers, markup)
    verdict, *feedback = answers.split("#", 2)
    if verdict.strip().upper() in TRUE + FALSE:
        texts = [gift_text.feedback("a feedback", part, markup) for part in feedback]
        return _true_false(verdict.strip().upper() in TRUE, texts)
    return "short_answer", gift_written.short_answers(answers, markup)


def _true_false(is_true: bool, feedback: list[str | None]) -> Answer:
    for_wrong, for_right = [*feedback, None, None][:2]
    return "true_false", (
        Choice("True", is_true, for_right if is_true else for_wrong),
        Choice("False", not is_true, for_wrong if is_true else for_right),
    )


def _choice(answers: str, markup: str) -> Answer:
    lead, *parts = re.split("([=~])", answers)
    signs, options = parts[::2], parts[1::2]
    if lead.strip():
        raise Unusable("there is text before the first answer: is a = or ~ missing, or a \\ before one in a text?")
    if not 2 <= len(options) <= gift_text.OPTIONS_LIMIT:
        raise Unusable(f"{len(options)} option(s), where 2 to {gift_text.OPTIONS_LIMIT} are needed")
    choices = [_option(number, option, markup) for number, option in enumerate(options, 1)]
    if len({choice.text for choice in choices}) < len(choices):
        raise Unusable("two options have the same text")
    kind, marks = _marks(signs, [choice.weight for choice in choices])
    return kind, tuple(replace(choice, is_correct=mark) for choice, mark in zip(choices, marks, strict=True))


def _option(number: int, option: str, markup: str) -> Choice:
    """One option, not yet known to be right."""
    text, _, feedback = option.partition("#")
    weight, text = gift_text.weight(f"option {number}", text.strip())
    text = gift_text.text(text, markup)
    if not text:
        raise Unusable(f"option {number} has no text")
    if len(text) > OPTION_LIMIT:
        raise Unusable(f"option {number} is longer than {OPTION_LIMIT:,} characters")
    return Choice(text, False, gift_text.feedback(f"the feedback of option {number}", feedback, markup), weight)


def _marks(signs: list[str], weights: list[float | None]) -> tuple[QuestionType, list[bool]]:
    """Which options are right: with a = all that earn full credit, without one all that earn any."""
    has_equals = "=" in signs
    earned = [float(sign == "=") if weight is None else weight for sign, weight in zip(signs, weights, strict=True)]
    marks = [credit >= 1 if has_equals else credit > 0 for credit in earned]
    if not any(marks):
        raise Unusable("no right answer: no option earns full credit" if has_equals else "no right answer")
    total = 100 * sum(credit for credit in earned if credit > 0)
    if not has_equals and abs(total - 100) > 1.000001:  # thirds; a little more than 1 since floats are not exact
        raise Unusable(f"the right answers' weights add up to {total:g} %, not to 100 %")
    return "multiple_choice" if has_equals or sum(marks) == 1 else "multi_select", marks
