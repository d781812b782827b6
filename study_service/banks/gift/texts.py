"""The texts of a GIFT question: plain, whatever they were written in, and no longer than they may be."""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from study_service.banks import html
from study_service.banks.bank import TEXT_LIMIT, Unusable
from study_service.banks.gift import layout

_MARKER = re.compile(r"\s*\[(html|markdown|plain|moodle)\]")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")


@dataclass(slots=True)
class Texts:
    """Reads the texts of one question, and keeps account of what of them is lost.

    `markup` is the format of the question's own text; its answers inherit it. `image_url` is the picture of that text.
    """

    markup: str
    losses: list[str] = field(default_factory=list)
    image_url: str | None = None

    def halves(self, before: str, after: str) -> tuple[str, str]:
        """The masked texts around the braces as a reader sees them. HTML may begin in the one and end in the other."""
        before, after = layout.unmasked(before), layout.unmasked(after)
        if self.markup != "html":
            return before, after
        shown = html.shown(f"{before}\0{after}" if after.strip() else before)
        if after.strip() and "\0" not in shown.text:
            raise Unusable("its {…} stands inside a tag of its HTML")
        self.losses += shown.losses
        self.image_url = shown.image_url
        before, _, after = shown.text.partition("\0")
        return before, after

    def text(self, what: str, masked: str, *, is_feedback: bool = False) -> str:
        """A masked text that may say its own format, without space around it. `what` names it in losses."""
        markup, masked = marked(masked, self.markup)
        text = layout.unmasked(masked)
        if markup != "html":
            return text.strip()
        try:
            shown = html.shown(text, may_have_image=False, is_feedback=is_feedback)
        except Unusable as reason:
            raise Unusable(f"{what}: {reason}") from None
        self.losses += [f"{what}: {loss}" for loss in shown.losses]
        return shown.text

    def feedback(self, what: str, masked: str) -> str | None:
        """The same of a feedback, None where there is none."""
        text = self.text(what, masked, is_feedback=True)
        if len(text) > TEXT_LIMIT:
            raise Unusable(f"{what} is longer than {TEXT_LIMIT:,} characters")
        return text or None


def marked(text: str, inherited: str) -> tuple[str, str]:
    """The format that a text is written in, and the text without its marker."""
    marker = _MARKER.match(text)
    return (marker[1], text[marker.end() :]) if marker else (inherited, text)


def weight(what: str, text: str) -> tuple[float | None, str]:
    """The credit that `%…%` before a text states, -1 to 1, and the text after it."""
    stated = re.match(r"%([^%\s]*)%", text)
    if not stated:
        return None, text
    if not _NUMBER.fullmatch(stated[1]) or abs(Decimal(stated[1])) > 100:
        raise Unusable(
            f"{what}: its %weight% is not a number from -100 to 100 "
            "(put a weight before a text that itself begins like one)"
        )
    return float(Decimal(stated[1]) / 100), text[stated.end() :]


def escaped(text: str) -> str:
    """The text on one line, its signs escaped."""
    return re.sub(r"([~=#{}:\\])", r"\\\1", text).replace("\n", "\\n")


def written(text: str) -> str:
    """The text, in plain format, as it is written behind a sign or a weight."""
    return f"[plain]{escaped(text)}" if text.startswith("%") or _MARKER.match(text) else escaped(text)


def percent(weight: float) -> str:
    """A weight as `weight` reads it, exactly."""
    stated = f"{Decimal(repr(weight)) * 100:f}"
    return stated.rstrip("0").rstrip(".") if "." in stated else stated
