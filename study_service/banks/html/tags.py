"""HTML in pieces: the tags of HTML's own elements, and the text between them, each piece read once.

What only looks like a tag is text that its author forgot to escape, and stays as it is written: a name that HTML does
not have (<UID>), attributes that no element has (<b and c>), and a name that is a word, too, that has no attributes and
is more often opened than closed (<address>, the key <del>).
"""

import html
import re
from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass, field

from study_service.banks.bank import Unusable

# All of HTML's elements, old ones included, and the mark that a paragraph of Word leaves behind.
_ELEMENTS = """
    a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote body
    br button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em
    embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i
    iframe img input ins kbd label legend li link main map mark marquee math menu meta meter nav nobr noembed
    noframes noscript object ol optgroup option output p param picture pre progress q rb rp rt rtc ruby s samp
    script search section select slot small source span strike strong style sub summary sup svg table tbody td
    template textarea tfoot th thead time title tr track tt u ul var video wbr xmp o:p
"""
_WORDS = """
    a abbr acronym address applet area article aside audio base big body button canvas caption center cite code data
    del details dfn dialog dir embed figure font footer form frame head header html input ins kbd label legend link
    main map mark math menu meta meter nav object option output param picture progress samp search section select
    slot small source sub summary sup table template time title track var video
"""
# Attributes that need no value.
_FLAGS = """
    allowfullscreen alt async autofocus autoplay checked compact controls declare default defer disabled download
    hidden inert ismap itemscope loop multiple muted nohref nomodule noshade novalidate nowrap open playsinline
    readonly required reversed selected
"""
_KNOWN, _WORD_NAMES, _FLAG_NAMES = (frozenset(names.split()) for names in (_ELEMENTS, _WORDS, _FLAGS))
_MARK = re.compile(
    r"<(?:(/?)([a-z][a-z0-9:]*)(?=[\s/>]|\Z)|!--|!doctype\b|!\[(?:if|endif)\b|\?xml\b)", re.ASCII | re.IGNORECASE
)
_ATTRIBUTE = re.compile(r"""[\s/]*([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'<>][^\s<>]*)?)?""", re.ASCII)
_SPACE = re.compile(r"[\s/]*", re.ASCII)
_END = re.compile(r"[\s/]*>", re.ASCII)
_HIDDEN = {name: re.compile(rf"</{name}(?=[\s/>])", re.ASCII | re.IGNORECASE) for name in ("script", "style")}


@dataclass(frozen=True, slots=True)
class Tag:
    """`source` is the tag as it is written, `closes` whether it is an end tag."""

    name: str
    source: str
    closes: bool = False
    attributes: dict[str, str] = field(default_factory=dict)

    def get(self, attribute: str) -> str:
        """Its value with single spaces, "" where there is none."""
        return " ".join(self.attributes.get(attribute, "").split())


def pieces(text: str) -> list[str | Tag]:
    """The tags and the decoded texts, in order. Unusable where a tag, a comment or a script does not end."""
    try:
        listed = list(_pieces(text))
    except ValueError as error:  # of a number of 5,000 digits
        raise Unusable("its HTML is broken: a character's number is too long") from error
    bare, closed = Counter[str](), Counter[str]()
    for piece in listed:
        if isinstance(piece, Tag) and piece.name in _WORD_NAMES and not piece.attributes:
            (closed if piece.closes else bare)[piece.name] += 1
    words = {name for name, count in bare.items() if count > closed[name]}
    return [piece.source if isinstance(piece, Tag) and _is_word(piece, words) else piece for piece in listed]


def _is_word(tag: Tag, words: Container[str]) -> bool:
    return tag.name in words and not tag.closes and not tag.attributes


def _pieces(text: str) -> Iterator[str | Tag]:
    start = at = 0
    while mark := _MARK.search(text, at):
        tag, at = _markup(text, mark)
        if tag is None:
            continue
        if start < mark.start():
            yield html.unescape(text[start : mark.start()])
        yield tag
        start = at
    if start < len(text):
        yield html.unescape(text[start:])


def _markup(text: str, mark: re.Match[str]) -> tuple[Tag | None, int]:
    """The tag or the comment at a mark, None where it is text; and where that ends."""
    if mark[2] is None:
        return Tag("", ""), _after("-->" if mark[0] == "<!--" else ">", text, mark.start() + 2, "a comment")
    name = mark[2].lower()
    if name not in _KNOWN:
        return None, mark.end()
    attributes, has_value, at = _attributes(text, mark.end())
    end = _END.match(text, at)
    if not end:
        _refuse_unclosed(text, at, name)
        return None, at
    if not has_value and any(key not in _FLAG_NAMES for key in attributes):
        return None, end.end()
    tag = Tag(name, text[mark.start() : end.end()], bool(mark[1]), attributes)
    return tag, end.end() if tag.closes or name not in _HIDDEN else _hidden(_HIDDEN[name], text, end.end())


def _attributes(text: str, at: int) -> tuple[dict[str, str], bool, int]:
    """The attributes that begin here, whether one has a value, and where they end."""
    attributes, has_value = dict[str, str](), False
    while attribute := _ATTRIBUTE.match(text, at):
        value = attribute[2] or ""
        has_value = has_value or bool(value)
        value = value[1:-1] if value[:1] in ('"', "'") else value
        attributes.setdefault(attribute[1].lower(), html.unescape(value))
        at = attribute.end()
    return attributes, has_value, at


def _refuse_unclosed(text: str, at: int, name: str) -> None:
    """Refuse a tag that does not end before the text does: what stands behind it would be lost with it."""
    rest = _SPACE.match(text, at)
    at = rest.end() if rest else at
    if at == len(text) or (text[at] in "\"'" and text.find(text[at], at + 1) < 0):
        raise Unusable(f"its HTML is broken: the tag <{name}> does not end")


def _hidden(closing: re.Pattern[str], text: str, at: int) -> int:
    """Where the content ends that begins here. In it nothing is markup."""
    end = closing.search(text, at)
    if end is None:
        raise Unusable("its HTML is broken: a script or a style does not end")
    return end.start()


def _after(sign: str, text: str, at: int, what: str) -> int:
    end = text.find(sign, at)
    if end < 0:
        raise Unusable(f"its HTML is broken: {what} does not end")
    return end + len(sign)
