"""The column `correct`: which options are right, by their letters, their numbers, their columns or their texts."""

import re
from collections.abc import Iterator, Sequence

from study_service.banks.bank import Unusable

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def read(cell: str, texts: Sequence[str]) -> set[int]:
    """The places of the right options, from 0. Unusable where the cell can be read in two ways, or in none."""
    readings = {frozenset(places): how for how, places in _readings(cell, texts)}
    if not readings:
        raise Unusable(f'correct is "{_short(cell)}", which names no options: write letters (A,C) or numbers (1,3)')
    if len(readings) > 1:
        ways = " and ".join(f"{how} {_listed(sorted(places))}" for places, how in readings.items())
        raise Unusable(f'correct is "{_short(cell)}", which means {ways}: write for example option1,option3')
    return set(next(iter(readings)))


def written(right: Sequence[int], texts: Sequence[str]) -> str:
    """The places as `read` reads them, in the first form that cannot be misunderstood; "" for none."""
    if not right:
        return ""
    forms = (
        [ALPHABET[place] for place in right],
        [str(place + 1) for place in right],
        [f"option{place + 1}" for place in right],
    )
    for form in (",".join(names) for names in forms):
        if len({frozenset(places) for _, places in _readings(form, texts)}) == 1:
            return form
    raise Unusable("its options are named like letters, numbers and columns: no cell says which are right")


def _readings(cell: str, texts: Sequence[str]) -> Iterator[tuple[str, list[int]]]:
    """Each way in which the cell names options, with their places."""
    names = re.split(r"[\s,;]+", cell)
    places = range(len(texts))
    for how, known in (
        ("by letter", {ALPHABET[place]: place for place in places}),
        ("by number", {str(place + 1): place for place in places}),
        ("by column", {f"OPTION{place + 1}": place for place in places}),
    ):
        if all(name.upper() in known for name in names):
            yield how, [known[name.upper()] for name in names]
    known = {text: place for place, text in enumerate(texts)}
    if cell in known:
        yield "by text", [known[cell]]
    parts = [part.strip() for part in re.split(r"[,;\n]", cell)]
    if len(parts) > 1 and all(part in known for part in parts):
        yield "by texts", [known[part] for part in parts]


def _listed(places: Sequence[int]) -> str:
    return ",".join(f"option{place + 1}" for place in places)


def _short(cell: str) -> str:
    return cell if len(cell) <= 50 else f"{cell[:50]}…"
