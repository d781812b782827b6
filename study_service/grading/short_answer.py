"""Questions that ask for a word or two."""

import re
from collections.abc import Sequence
from fractions import Fraction

from shared_schema.problems import invalid
from shared_schema.rows import Unusable
from study_service.grading import credit, texts
from study_service.grading.document import Grade, Option, Selected

LONGEST = 500  # characters of an answer, and of an accepted text
_STAR = "\ue000"  # a character of private use stands for a * that is meant as one
_UNMEANT = re.compile(r"\\\*")


def check(options: Sequence[Option]) -> None:
    """Unusable unless there is a right text that nothing before it takes away, and which an answer can be."""
    for option in options:
        if not texts.folded(option["text"]) or len(option["text"]) > LONGEST:
            raise Unusable("answers", f"has an accepted text that is not 1 to {LONGEST} characters")
    _right(options)


def grade(options: Sequence[Option], selected: Selected) -> Grade:
    """A text. The first accepted one that matches it decides, as in Moodle (qtype_shortanswer, get_matching_answer)."""
    if not isinstance(selected, str) or not texts.folded(selected):
        raise invalid("selected_answer", "This question takes a text.")
    if len(selected) > LONGEST:
        raise invalid("selected_answer", f"Longer than {LONGEST} characters.")
    return _graded(options, selected.strip())


def key(options: Sequence[Option]) -> str:
    """The first right text; of one with wildcards, what is left without them."""
    return _right(options)


def _graded(options: Sequence[Option], text: str) -> Grade:
    option = next((option for option in options if matches(option, text)), None)
    if option is None:
        return Grade(False, 0.0, text)
    if option["isCorrect"]:
        return Grade(True, 1.0, text)
    return Grade(False, float(max(Fraction(0), credit.exact(option.get("weight", 0.0)))), text)


def matches(option: Option, text: str) -> bool:
    """Whether the text is what the option accepts: * is any text, also none, and \\* a star."""
    sensitive = option.get("caseSensitive", False)
    pattern = texts.folded(_UNMEANT.sub(_STAR, option["text"]), case_sensitive=sensitive)
    pieces = [piece.replace(_STAR, "*") for piece in pattern.split("*")]
    text = texts.folded(text, case_sensitive=sensitive)
    if len(pieces) == 1:
        return text == pieces[0]
    return _fits(pieces[0], pieces[1:-1], pieces[-1], text)


def _fits(start: str, middle: Sequence[str], end: str, text: str) -> bool:
    """Whether the text begins and ends so and has the pieces in between in their order. Each is looked for once.

    A regular expression of an author's stars could take for ever.
    """
    if not text.startswith(start) or not text[len(start) :].endswith(end):
        return False
    place, last = len(start), len(text) - len(end)
    for piece in middle:
        at = text.find(piece, place, last)
        if at < 0:
            return False
        place = at + len(piece)
    return True


def _right(options: Sequence[Option]) -> str:
    for option in options:
        text = " ".join(_UNMEANT.sub(_STAR, option["text"]).replace("*", " ").replace(_STAR, "*").split())
        if option["isCorrect"] and texts.folded(text) and _graded(options, text).is_correct:
            return text
    raise Unusable("answers", "has no right text that an answer can be")
