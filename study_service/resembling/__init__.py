"""Which questions of an exam nearly have the text of another one. They are told, never taken for one.

Two texts resemble each other by the share of their shingles that both have (Jaccard): runs of five characters, in small
letters, with single spaces. Digits and small words count as much as all else: "port 80" is not "port 443".

To look through every question for that would cost more with each. So a text has bands: numbers of which two texts that
resemble each other are likely to have one in common (MinHash and locality-sensitive hashing; Leskovec, Rajaraman and
Ullman, Mining of Massive Datasets, chapter 3). Of texts that share 70 % of their shingles 94 % are found, of those that
share 80 % 99.5 %, and the same text always.
"""

import hashlib
import unicodedata
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TypedDict

import numpy as np

from shared_schema.database import Statement
from shared_schema.fields import dumps

THRESHOLD = 0.7  # of the similarity of texts that are told
MOST = 5  # that are told of one text
_SHINGLE = 5
_BANDS, _ROWS = 10, 4
_PER_BAND = 20  # questions that are looked at; more have it where half the bank says "which of the following"


def _constants(name: str) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint64]]":
    """Numbers that are the same on every machine and for ever: what is stored is compared with what is computed."""
    digests = (hashlib.sha256(f"{name} {number}".encode()).digest() for number in range(_BANDS * _ROWS))
    return np.array([int.from_bytes(digest[:8], "little") | 1 for digest in digests], dtype=np.uint64)


_FACTORS, _TERMS = _constants("factor"), _constants("term")
# `{exam}` is SQL for the id of the exam. Bands of a text that is not looked for are none, so it has no row.
_READ = """
    SELECT DISTINCT t.key AS place, q.id AS question_id, q.text
    FROM json_each(:bands) t CROSS JOIN json_each(t.value) b
    CROSS JOIN json_each((
        SELECT json_group_array(question_id) FROM (
            SELECT question_id FROM question_bands WHERE exam_id = {exam} AND band = b.value
            ORDER BY question_id LIMIT :per_band))) c
    CROSS JOIN questions q ON q.id = c.value
"""


class Candidate(TypedDict):
    """A question that may resemble a text. `place` is that of the text in the list that was looked for."""

    place: int
    question_id: int
    text: str


class Resembling(TypedDict):
    """A question whose text resembles another one; `similarity` is from THRESHOLD to 1."""

    question_id: int
    similarity: float
    text: str


def of_text(text: str) -> list[int]:
    """The bands of a text, for the column `bands`; none for one without a character.

    The first is of the text as it is, so that another text never has the same bands.
    """
    shingles = _shingles(text)
    if not shingles:
        return []
    hashes = np.array([zlib.crc32(shingle.encode()) for shingle in shingles], dtype=np.uint64)
    least = (hashes[:, None] * _FACTORS + _TERMS >> np.uint64(32)).min(axis=0).astype("<u8")
    rows = least.reshape(_BANDS, _ROWS)
    return [_number(text.encode()), *(_number(bytes([place]) + row.tobytes()) for place, row in enumerate(rows))]


def bands(text: str) -> str:
    """The same as JSON text, for statements written by hand."""
    return dumps(of_text(text))


def _number(data: bytes) -> int:
    """63 bits: what a column holds."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little") >> 1


def read(texts: Sequence[str], exam: str, values: Mapping[str, object], *, per_band: int = _PER_BAND) -> Statement:
    """The read of what may resemble these texts among the questions of an exam that are not deleted; its rows are
    `Candidate`. `exam` is SQL for the exam's id, with these `values`, such as `exams.NAMED` and a Key.

    It costs the same however many questions the exam has, and as much again for each text.
    """
    listed = dumps([of_text(text) for text in texts])
    return Statement(_READ.format(exam=exam), {**values, "bands": listed, "per_band": per_band})


def nearest(text: str, candidates: Sequence[Candidate], but: int | None = None) -> list[Resembling]:
    """Those of the candidates that resemble a text, the nearest first, at most MOST; not the question `but`."""
    own = _shingles(text)
    listed = [
        (similarity, candidate)
        for candidate in candidates
        if candidate["question_id"] != but
        and (similarity := _similarity(own, _shingles(candidate["text"]))) >= THRESHOLD
    ]
    listed.sort(key=lambda pair: (-pair[0], pair[1]["question_id"]))
    return [
        {"question_id": candidate["question_id"], "similarity": round(similarity, 4), "text": candidate["text"]}
        for similarity, candidate in listed[:MOST]
    ]


def _similarity(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def _shingles(text: str) -> frozenset[str]:
    return frozenset(_runs(" ".join(unicodedata.normalize("NFKC", text).lower().split())))


def _runs(text: str) -> Iterator[str]:
    """A text that is shorter than a run is one."""
    if text:
        yield from (text[start : start + _SHINGLE] for start in range(max(1, len(text) - _SHINGLE + 1)))
