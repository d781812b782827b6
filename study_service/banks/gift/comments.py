"""The comments of a GIFT question, in which Moodle keeps its id and its tags: `// [id:net-881] [tag:layer \\] two]`."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from study_service.banks.bank import ID_LIMIT, MAX_TAGS, TAG_LIMIT, Unusable

# A \] does not end it. One that nothing ends is text.
_TOKEN = re.compile(r"\[(id|tag):((?:\\\]|[^\]])*+)(\]?)")
_OF_MOODLE = re.compile(r"question: [0-9]+ +name:.*")


@dataclass(frozen=True, slots=True)
class Comments:
    """`other` is what is neither id nor tag and was not written by Moodle itself."""

    external_id: str | None
    tags: tuple[str, ...]
    other: str


def read(lines: Sequence[str]) -> Comments:
    tokens = [token for line in lines for token in _TOKEN.finditer(line) if token[3]]
    ids = [value for value in _values("id", tokens) if value]
    tags = tuple(dict.fromkeys(value for value in _values("tag", tokens) if value))
    if any(len(value) > ID_LIMIT for value in ids[:1]):
        raise Unusable(f"its id is longer than {ID_LIMIT} characters")
    if len(tags) > MAX_TAGS or any(len(tag) > TAG_LIMIT for tag in tags):
        raise Unusable(f"it has more than {MAX_TAGS} tags, or one of more than {TAG_LIMIT} characters")
    own = (_TOKEN.sub(_text, line) for line in lines if not _OF_MOODLE.fullmatch(line))
    other = " ".join(" ".join([*own, *(f"[id:{value}]" for value in ids[1:])]).split())
    return Comments(ids[0] if ids else None, tags, other if any(map(str.isalnum, other)) else "")


def written(external_id: str | None, tags: Iterable[str]) -> str:
    """The comment line of a question, with its line end; "" where there is nothing to keep."""
    tokens = [f"[id:{_escaped(external_id)}]"] if external_id else []
    tokens += [f"[tag:{_escaped(tag)}]" for tag in tags]
    return f"// {' '.join(tokens)}\n" if tokens else ""


def _values(name: str, tokens: Iterable[re.Match[str]]) -> list[str]:
    return [token[2].replace("\\]", "]").strip() for token in tokens if token[1] == name]


def _text(token: re.Match[str]) -> str:
    return " " if token[3] else token[0]


def _escaped(value: str) -> str:
    return value.replace("]", "\\]")
