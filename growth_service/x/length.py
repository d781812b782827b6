"""How long X takes a text to be: its weighted count, configuration v3 of twitter-text.

In the text's NFC, a code point of the ranges below counts 1 and any other 2; an emoji of several code points counts 2,
and an address of the web 23, however long it is and also without http.
"""

import re
import unicodedata
from functools import cache, lru_cache

import emoji
from publicsuffixlist import PublicSuffixList

MAX = 280
_LINK = 23
_HEAVY = re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")  # 0-4351, 8192-8205, … count 1
_MAX_SHORT = 40  # of the part behind t.co/ that still makes an address
_MAX_ADDRESS = 4096

_LATIN = "A-Za-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0300-\u036f\u1e00-\u1eff"
_NOT_IN_HOST = r"\s!\"'#$%&()*+,/:;<=>?@\[\]^{|}~\\`\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
_HOST = re.compile(rf"[^{_NOT_IN_HOST}]+")
_LATIN_HOST = re.compile(rf"[{_LATIN}.-]+")
_SCHEME = re.compile(r"(?:^|[^A-Za-z0-9@＠$#＃])https?://$", re.IGNORECASE)
_BEFORE_BARE = re.compile(r"[A-Za-z0-9@＠$#＃_./-]")
_AFTER_HOST = re.compile(r"[0-9A-Za-z@+-]")
_SUBDOMAIN = re.compile(r"[^\W_](?:.*[^\W_])?|[^\w-](?:.*[^_-])?", re.DOTALL)
_WORD = rf"{_LATIN}\u0400-\u04ff_"
_PATH = rf"[{_WORD}!*';:=+,.$/%#\[\]\u2013~@|&-]"
_PARENS = rf"\((?:{_PATH}|\({_PATH}*\))*\)"
_QUERY = r"[A-Za-z0-9_!?*'@();:&=+$/%#\[\].,~|-]*[A-Za-z0-9_&=#/-]"
_TAIL = re.compile(rf"(?::[0-9]+)?(?:/(?:(?:{_PATH}|{_PARENS})*(?:[{_WORD}=+#/-]|{_PARENS}))?)?(?:\?{_QUERY})?")
_SHORT = re.compile(rf"/([A-Za-z0-9]+)(?:\?{_QUERY})?")


@lru_cache(maxsize=1000)  # the drafts of a queue are listed again and again
def weighted(text: str) -> int:
    """The weighted count of a text: up to MAX can be sent."""
    text = unicodedata.normalize("NFC", text)
    total, done = 0, 0
    for start, end, weight in sorted([*_links(text), *_emoji(text)]):
        if start >= done:
            total += _weight(text[done:start]) + weight
            done = end
    return total + _weight(text[done:])


def _weight(text: str) -> int:
    return len(text) + len(_HEAVY.findall(text))


def _emoji(text: str) -> list[tuple[int, int, int]]:
    """The emoji of several code points, each as its start, its end and 2."""
    if text.isascii():
        return []
    listed = ((found["match_start"], found["match_end"]) for found in emoji.emoji_list(text))
    return [(int(start), int(end), 2) for start, end in listed if int(end) - int(start) > 1]


def _links(text: str) -> list[tuple[int, int, int]]:
    """The addresses in a text, each as its start, its end and 23."""
    links: list[tuple[int, int, int]] = []
    for run in _HOST.finditer(text):
        if "." not in run[0]:
            continue
        scheme = _SCHEME.search(text, max(0, run.start() - 9), run.start())
        if scheme:
            end = _whole(text, run.start(), run[0])
            links += [(run.start(), end, _LINK)] if end else []
        else:
            links += _bare(text, run.start(), run.end())
    return [(_with_scheme(text, start), end, weight) for start, end, weight in links]


def _with_scheme(text: str, start: int) -> int:
    scheme = re.search(r"https?://$", text[max(0, start - 8) : start], re.IGNORECASE)
    return start - len(scheme[0]) if scheme else start


def _whole(text: str, start: int, run: str) -> int | None:
    """The end of the address whose host begins at `start`, behind http:// or https://; None where there is none."""
    end = _host_end(text, start, run, ascii_only=False)
    if end is None or text[start:end].lower() != "t.co":
        return None if end is None else _tail_end(text, start, end)
    short = _SHORT.match(text, end)
    if short is None:
        return end
    return short.end() if len(short[1]) <= _MAX_SHORT else None


def _bare(text: str, first: int, last: int) -> list[tuple[int, int, int]]:
    """The addresses without http in a part of the text: their hosts are of ASCII and accented letters."""
    links: list[tuple[int, int, int]] = []
    for run in _LATIN_HOST.finditer(text, first, last):
        before = text[run.start() - 1 : run.start()]
        if "." in run[0] and run[0][0] not in ".-" and not _BEFORE_BARE.match(before):
            host = _host_end(text, run.start(), run[0], ascii_only=True)
            # A port or a query counts only where a path comes between.
            has_path = host is not None and re.compile(r"(:[0-9]+)?/").match(text, host)
            end = _tail_end(text, run.start(), host) if host is not None and has_path else host
            links += [] if end is None else [(run.start(), end, _LINK)]
    return links


def _host_end(text: str, start: int, run: str, *, ascii_only: bool) -> int | None:
    """The end of the longest host at the beginning of `run`: labels with dots, the last of them a top-level domain."""
    end, best = start, None
    labels = run.split(".")
    for place, label in enumerate(labels):
        top = re.match(r"[A-Za-z0-9-]+(?=[^A-Za-z0-9-])", label)
        for candidate in {label, top[0] if top else label}:
            after = text[end + len(candidate) : end + len(candidate) + 1]
            if place and "_" not in labels[place - 1] and _is_top(candidate.lower()) and not _AFTER_HOST.match(after):
                best = end + len(candidate)
        if not _SUBDOMAIN.fullmatch(label) or (ascii_only and "_" in label):
            break
        end += len(label) + 1
    return best if best is None or _is_named(text[start:best]) else None


def _is_top(label: str) -> bool:
    """Whether this is a top-level domain."""
    return label.startswith("xn--") or _suffixes().publicsuffix(f"x.{label}") is not None


@cache  # reading the list takes longer than all else that a worker does to import this service's rules
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)


def _is_named(host: str) -> bool:
    """Whether the host has a name in ASCII, as RFC 3490 makes it."""
    try:
        return len(host.encode("idna")) > 0
    except UnicodeError:
        return False


def _tail_end(text: str, start: int, host_end: int) -> int | None:
    tail = _TAIL.match(text, host_end)
    end = tail.end() if tail else host_end
    return end if end - start + len("https://") <= _MAX_ADDRESS else None


def too_long(count: int) -> str:
    """The message for a text of this weighted count."""
    return f"X counts {count} characters; up to {MAX} can be sent."
