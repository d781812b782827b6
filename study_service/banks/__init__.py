"""Question bank files, a module or a room for each format.

A format has `read(data: bytes) -> Bank` and `write(bank: Bank) -> Written`. They never touch the database, and `read`
never raises for what is wrong inside a file: each question that cannot be used becomes a `Problem`, and so does what is
lost of the others. What `write` makes of a bank `read` gives back, but for what it says is lost.
"""

from collections.abc import Callable
from dataclasses import dataclass

from study_service.banks import aiken, csv, gift, moodlexml, pingtopass, qti
from study_service.banks.bank import Bank, Written


@dataclass(frozen=True, slots=True)
class Format:
    """`carried` is what files of the format can say of an option beside its text and whether it is right, names of keys
    of the column `answers`, and `regions`, the feedback of a part of a picture; and of a question whether it is of the
    type `true_false`, and where its `lines` break.
    `media_type` and `suffix` are those of its files.
    """

    read: Callable[[bytes], Bank]
    write: Callable[[Bank], Written]
    carried: frozenset[str]
    media_type: str
    suffix: str


_WHOLE = frozenset(("true_false", "lines"))
_ALL = _WHOLE | {"explanation", "weight", "fixed", "caseSensitive", "unit", "units", "externalId", "regions"}
FORMATS: dict[str, Format] = {
    "pingtopass": Format(
        pingtopass.read,
        pingtopass.write,
        _ALL,
        "application/json",
        "json",
    ),
    "gift": Format(gift.read, gift.write, _WHOLE | {"explanation", "weight"}, "text/plain", "gift"),
    "moodlexml": Format(
        moodlexml.read,
        moodlexml.write,
        _WHOLE | {"explanation", "weight", "caseSensitive", "unit", "units"},
        "application/xml",
        "xml",
    ),
    "qti": Format(
        qti.read,
        qti.write,
        _WHOLE | {"explanation", "weight", "fixed", "caseSensitive", "externalId"},
        "application/zip",
        "zip",
    ),
    "csv": Format(
        csv.read,
        csv.write,
        _ALL,
        "text/csv",
        "csv",
    ),
    "aiken": Format(aiken.read, aiken.write, frozenset(), "text/plain", "txt"),
}
