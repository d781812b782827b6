"""What single cells say: addresses, numbers, lists. Each is Unusable where it says something else."""

import re
from collections.abc import Iterable

from study_service.banks import addresses
from study_service.banks.bank import MAX_TAGS, TAG_LIMIT, Unusable
from study_service.grading import numeric

_PART = re.compile(r"(?:\\[\\;]|[^;])+")


def address(name: str, text: str) -> str | None:
    if text and not addresses.is_web(text):
        raise Unusable(f"{name} is no http or https address of at most {addresses.LIMIT:,} characters")
    return text or None


def difficulty(text: str) -> int:
    if not re.fullmatch("[1-5]", text):
        raise Unusable("difficulty is not a whole number from 1 to 5")
    return int(text)


def tags(text: str) -> tuple[str, ...]:
    parts = _parts(text)
    if len(parts) > MAX_TAGS or any(len(part) > TAG_LIMIT for part in parts):
        raise Unusable(f"there are more than {MAX_TAGS} tags, or one of more than {TAG_LIMIT} characters")
    return tuple(parts)


def units(text: str) -> dict[str, str]:
    pairs = [part.rpartition("=") for part in _parts(text)]
    if not all(unit.strip() and numeric.is_number(worth.strip()) for unit, _, worth in pairs):
        raise Unusable("units are not like mV=0.001; kV=1000")
    return {unit.strip(): worth.strip() for unit, _, worth in pairs}


def size(text: str) -> tuple[int, int] | None:
    sides = re.fullmatch("([0-9]{1,5}) ?x ?([0-9]{1,5})", text)
    if text and not sides:
        raise Unusable("imageSize is not like 800x600")
    return (int(sides[1]), int(sides[2])) if sides else None


def joined(parts: Iterable[str]) -> str:
    """The cell that has these parts."""
    return "; ".join(re.sub(r"([\\;])", r"\\\1", part) for part in parts)


def _parts(text: str) -> list[str]:
    """What stands between semicolons, each once; one behind a backslash is not between."""
    parts = (re.sub(r"\\([\\;])", r"\1", part).strip() for part in _PART.findall(text))
    return list(dict.fromkeys(filter(None, parts)))
