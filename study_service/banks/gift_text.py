"""The texts of a GIFT question: plain, whatever they were written in, and no longer than they may be."""

import re

from study_service.banks import gift_scan, html
from study_service.banks.bank import Unusable

FEEDBACK_LIMIT = 10_000
OPTIONS_LIMIT = 26


def markup(text: str, inherited: str) -> tuple[str, str]:
    """The format a text is written in, and the text without its marker. Answers inherit it from the question."""
    marker = re.match(r"\s*\[(html|markdown|plain|moodle)\]", text)
    return (marker[1], text[marker.end() :]) if marker else (inherited, text)


def plain(text: str, markup: str) -> str:
    """A masked text as a reader sees it."""
    text = gift_scan.unmasked(text)
    return html.shown(text).text if markup == "html" else text


def halves(before: str, after: str, markup: str) -> tuple[str, str]:
    """The masked texts around the braces as a reader sees them. HTML may begin in the one and end in the other."""
    before, after = gift_scan.unmasked(before), gift_scan.unmasked(after)
    if markup != "html":
        return before, after
    shown = html.shown(before + "\0" + after if after.strip() else before).text
    if after.strip() and "\0" not in shown:
        raise Unusable("its {…} stands inside a tag of its HTML")
    before, _, after = shown.partition("\0")
    return before, after


def text(masked: str, inherited: str) -> str:
    """The same of a text that may say its own format, without space around it."""
    own, masked = markup(masked, inherited)
    return plain(masked, own).strip()


def feedback(what: str, masked: str, inherited: str) -> str | None:
    """A feedback as plain text, None where there is none."""
    shown = text(masked, inherited)
    if len(shown) > FEEDBACK_LIMIT:
        raise Unusable(f"{what} is longer than {FEEDBACK_LIMIT:,} characters")
    return shown or None


def weight(what: str, text: str) -> tuple[float | None, str]:
    """The credit that `%…%` before a text states, -1 to 1, and the text after it."""
    stated = re.match(r"%([^%\s]*)%", text)
    if not stated:
        return None, text
    is_number = re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)", stated[1])
    if not is_number or abs(float(stated[1])) > 100:
        raise Unusable(
            f"{what}: its %weight% is not a number from -100 to 100 "
            "(put a weight before a text that itself begins like one)"
        )
    return float(stated[1]) / 100, text[stated.end() :]
