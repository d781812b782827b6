"""The layout of a GIFT file: blocks between blank lines, comments, categories, escapes, titles and braces."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from study_service.banks import paths
from study_service.banks.bank import Unusable

CATEGORY = "$CATEGORY:"
ESCAPABLE = "~=#{}:\\n"
_ESCAPED = re.compile(r"\\[~=#{}:\\n]")
_MAX_TORN = 1_000  # pieces that blank lines have made of one question


@dataclass(frozen=True, slots=True)
class Category:
    """Where questions stand: `names` from the topmost down, and the line that says so."""

    line: int
    names: tuple[str, ...]

    @property
    def objective(self) -> str | None:
        return self.names[-1] if self.names else None


NOWHERE = Category(0, ())


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of one question, each stripped as Moodle does, the category they stand under, and the comments that no
    blank line separates from them.
    """

    line: int
    text: str
    category: Category
    comments: tuple[str, ...]


def blocks(text: str) -> Iterator[Block]:
    """The file's questions, in order, usable or not."""
    return _mended(_split(text))


def _split(text: str) -> Iterator[Block]:
    start, lines, comments, category = 0, list[str](), list[str](), NOWHERE
    for number, line in enumerate([*text.split("\n"), ""], 1):
        line = line.strip()
        if line.startswith("//"):
            comments.append(line.lstrip("/").strip())
            continue
        is_category = line.startswith(CATEGORY)
        if not line or is_category:
            if lines:
                yield Block(start, "\n".join(lines), category, tuple(comments))
            lines, comments = [], []
        if is_category:
            category = Category(number, paths.names(line.removeprefix(CATEGORY)))
        elif line:
            start = start if lines else number
            lines.append(line)


def _mended(pieces: Iterable[Block]) -> Iterator[Block]:
    """The blocks, with those joined that blank lines inside braces have parted: one broken question, not several."""
    torn: list[Block] = []
    for piece in pieces:
        braces = _braces(_ESCAPED.sub("", piece.text))
        if len(torn) == _MAX_TORN:
            yield from torn
            torn = []
        if torn and piece.category is torn[0].category and braces[:1] in ("", "}"):
            torn.append(piece)
            if braces:
                text, comments = "\n\n".join(part.text for part in torn), torn[0].comments
                yield Block(torn[0].line, text, piece.category, comments)
                torn = []
            continue
        yield from torn
        torn = [piece] if braces.endswith("{") else []
        if not torn:
            yield piece
    yield from torn


def masked(text: str) -> str:
    """Hide escaped characters behind a NUL, which no usable question holds, so that signs can be searched for."""
    return re.sub(r"\\([~=#{}:\\n])", lambda match: f"\0{ESCAPABLE.index(match[1])}", text)


def unmasked(text: str) -> str:
    """The text with its hidden characters shown again, without their backslashes."""
    return re.sub("\0([0-7])", lambda match: "~=#{}:\\\n"[int(match[1])], text)


def _braces(text: str) -> str:
    return "".join(re.findall("[{}]", text))


def titled(text: str) -> tuple[str, str]:
    """Title and rest of a masked question."""
    if text.startswith("::"):
        title, closed, rest = text[2:].partition("::")
        if closed:
            return title.strip(), rest.strip()
    return "", text


def parted(text: str) -> tuple[str, str, str]:
    """What stands before, in and after the braces of a masked question."""
    braces = _braces(text)
    if not braces:
        raise Unusable("description questions cannot be asked yet: there is no {…}")
    if braces.endswith("{"):
        raise Unusable("unclosed {…}: no } before the question ends")
    if "\n\n" in text:
        raise Unusable("unclosed {…}: a blank line stands inside it, and a blank line ends a question")
    if braces.count("{") > 1:
        raise Unusable("more than one {…}: is a blank line missing between two questions, or a \\ before a brace?")
    if braces != "{}":
        raise Unusable("a } without its {: is a \\ missing before it?")
    before, _, rest = text.partition("{")
    answers, _, after = rest.partition("}")
    return before, answers, after
