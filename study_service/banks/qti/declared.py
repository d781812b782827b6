"""What an item declares of its response: its type, the right answer, and what answers are mapped to."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from xml.etree.ElementTree import Element

from study_service.banks.bank import Unusable
from study_service.banks.qti import names, values
from study_service.banks.qti.values import Single, Value
from study_service.grading import hotspot
from study_service.grading.document import Option

NUMBERS = ("integer", "float")
MAX_ENTRIES = 1_000  # of a mapping, which is looked through for each answer that is tried


@dataclass(frozen=True, slots=True)
class Entry:
    key: Single
    worth: Fraction
    case_sensitive: bool

    def takes(self, value: Single) -> bool:
        if isinstance(self.key, str) and isinstance(value, str) and not self.case_sensitive:
            return self.key.casefold() == value.casefold()
        return self.key == value


@dataclass(frozen=True, slots=True)
class Area:
    """A part of a picture, with coords in pixels as our own regions have them."""

    shape: str
    coords: tuple[float, ...]
    worth: Fraction = Fraction(0)

    def takes(self, value: Single) -> bool:
        if not isinstance(value, tuple):
            return False
        option: Option = {"id": "", "text": "", "isCorrect": True, "region": self.shape, "coords": list(self.coords)}
        return hotspot.holds(option, float(value[0]), float(value[1]))


@dataclass(frozen=True, slots=True)
class Mapping:
    """What the values of an answer are worth together: each once, those without an entry the default."""

    entries: Sequence[Entry | Area]
    default: Fraction
    low: Fraction | None
    high: Fraction | None

    def entry(self, value: Single) -> Entry | Area | None:
        return next((entry for entry in self.entries if entry.takes(value)), None)

    def single(self, value: Single) -> Fraction:
        """What a value is worth alone, the bounds aside."""
        entry = self.entry(value)
        return self.default if entry is None else entry.worth

    def worth(self, value: Value) -> Fraction:
        parts = set(values.listed(value))
        hits = {id(entry): entry for part in parts if (entry := self.entry(part))}
        total = sum((entry.worth for entry in hits.values()), Fraction(0))
        total += self.default * sum(self.entry(part) is None for part in parts)
        if self.low is not None:
            total = max(total, self.low)
        return total if self.high is None else min(total, self.high)


@dataclass(frozen=True, slots=True)
class Response:
    """The declaration of a response. `correct` are the values of its correctResponse, perhaps none."""

    identifier: str
    cardinality: str
    base_type: str
    correct: tuple[Single, ...] = ()
    mapping: Mapping | None = None
    areas: Mapping | None = None

    def value(self, *parts: Single) -> Value:
        """An answer of these values."""
        return values.boxed(list(parts), self.cardinality)


def response(element: Element) -> Response:
    kind, mapped, areas = (names.first(element, tag) for tag in ("correctResponse", "mapping", "areaMapping"))
    base_type = element.get("baseType", "")
    listed = [] if kind is None else [child for child in kind if child.tag == "value"]
    return Response(
        identifier=names.needed(element, "identifier"),
        cardinality=names.needed(element, "cardinality"),
        base_type=base_type,
        correct=tuple(values.parsed(base_type, names.text(value)) for value in listed),
        mapping=None if mapped is None else _mapping(mapped, [_entry(child, base_type) for child in mapped]),
        areas=None if areas is None else _mapping(areas, [_area(child) for child in areas]),
    )


def shape(element: Element) -> tuple[str, tuple[float, ...]]:
    """The part of a picture that an element has. Unusable for an ellipse, and for coords that are not in pixels."""
    name = names.needed(element, "shape")
    if name not in ("rect", "circle", "poly"):
        raise Unusable(f"a part of the picture is of the shape {name[:20]!r}; rect, circle and poly are known")
    parts = names.needed(element, "coords").replace(",", " ").split()
    return name, tuple(float(values.number(part)) for part in parts)


def _mapping(element: Element, entries: Sequence[Entry | Area]) -> Mapping:
    if len(entries) > MAX_ENTRIES:
        raise Unusable(f"a mapping has more than {MAX_ENTRIES:,} entries")
    low, high = (element.get(name) for name in ("lowerBound", "upperBound"))
    return Mapping(
        entries,
        default=values.number(element.get("defaultValue", "0")),
        low=None if low is None else values.number(low),
        high=None if high is None else values.number(high),
    )


def _entry(element: Element, base_type: str) -> Entry:
    # Without the attribute the case of letters counts, as the information model of QTI 2.1 says for mapEntry.
    return Entry(
        key=values.parsed(base_type, names.needed(element, "mapKey")),
        worth=values.number(names.needed(element, "mappedValue")),
        case_sensitive=base_type != "string" or names.is_true(element, "caseSensitive", default=True),
    )


def _area(element: Element) -> Area:
    return Area(*shape(element), values.number(names.needed(element, "mappedValue")))
