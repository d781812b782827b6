"""Response processing, carried out: what an answer to an item earns, and which feedback it shows."""

from collections import abc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from xml.etree.ElementTree import Element

from study_service.banks.bank import Unusable
from study_service.banks.qti import names, statements, values
from study_service.banks.qti.declared import NUMBERS, Mapping, Response
from study_service.banks.qti.operators import OPERATORS
from study_service.banks.qti.statements import State
from study_service.banks.qti.values import Value

MAX_STEPS = 400  # elements of a response processing: it is carried out for dozens of answers
_SCORE = "SCORE"
_TEMPLATES = {
    "match_correct": "match_correct",
    "cc2_match": "match_correct",
    "cc2_match_basic": "match_correct",
    "map_response": "map_response",
    "cc2_map_response": "map_response",
    "map_response_point": "map_response_point",
}


@dataclass(slots=True)
class Processing:
    """`template` is the standard one that it names, or that it leaves to be understood."""

    response: Response
    statements: Sequence[Element] = ()
    template: str | None = None
    start: abc.Mapping[str, Value] = field(default_factory=dict)

    def run(self, answer: Value) -> dict[str, Value]:
        """The outcomes of an answer by their identifiers. Unusable for a processing that is not understood."""
        if self.template is not None:
            return {_SCORE: self._of_template(answer)}
        state = State(self.response, answer, dict(self.start))
        statements.carry_out(self.statements, state)
        return state.outcomes

    def score(self, answer: Value) -> Fraction:
        score = self.run(answer).get(_SCORE)
        return score if isinstance(score, Fraction) else Fraction(0)

    def mapping(self) -> Mapping | None:
        """The mapping of values or points to scores, None where there is none and where it is not used."""
        if self.template == "map_response" or any(names.has(one, "mapResponse") for one in self.statements):
            return self.response.mapping
        if self.template == "map_response_point" or any(names.has(one, "mapResponsePoint") for one in self.statements):
            return self.response.areas
        return None

    def literals(self) -> list[Value]:
        """The answers that it names itself, each once and in its order: values, and containers of values."""
        listed: dict[Value, None] = {}
        for statement in self.statements:
            for element in statement.iter():
                listed |= dict.fromkeys(self._literals(element))
        return list(listed)

    def _literals(self, element: Element) -> Iterator[Value]:
        """What the response is compared with in an element."""
        children = list(element)
        if any(child.tag == "variable" and child.get("identifier") == self.response.identifier for child in children):
            for child in children:
                if child.tag == "baseValue":
                    yield statements.literal(child)
                elif child.tag in ("multiple", "ordered"):
                    parts = [statements.literal(part) for part in child if part.tag == "baseValue"]
                    yield OPERATORS[child.tag](child, parts)

    def _of_template(self, answer: Value) -> Value:
        if self.template == "match_correct":
            return Fraction(values.same(answer, self.response.value(*self.response.correct)))
        mapping = self.response.mapping if self.template == "map_response" else self.response.areas
        if mapping is None:
            raise Unusable(f"its response processing is {self.template}, and nothing is mapped")
        return mapping.worth(answer)


def processing(item: Element, response: Response) -> Processing:
    """How an item's answers are scored. Unusable where a template is not known, and for what is too long."""
    element = names.first(item, "responseProcessing")
    start = dict(_outcome(child) for child in item if child.tag == "outcomeDeclaration")
    if element is None or not len(element):
        template = "" if element is None else element.get("template", "")
        return Processing(response, template=_template(template, response))
    if sum(1 for _ in element.iter()) > MAX_STEPS:
        raise Unusable("its response processing is too long to be understood")
    return Processing(response, statements.understood(list(element), _SCORE), start=start)


def _template(address: str, response: Response) -> str:
    """The standard processing that an address names; without one, what the declaration of the response is for."""
    name = address.strip().rstrip("/").rpartition("/")[2].removesuffix(".xml").lower()
    if name and name not in _TEMPLATES:
        raise Unusable(f"its response processing is a template that is not known: {address.strip()[:100]}")
    if name:
        return _TEMPLATES[name]
    if response.areas is not None:
        return "map_response_point"
    return "match_correct" if response.mapping is None else "map_response"


def _outcome(element: Element) -> tuple[str, Value]:
    """An outcome and what it is before an answer; a number is 0."""
    base_type, default = element.get("baseType", ""), names.first(element, "defaultValue")
    listed = [] if default is None else [values.parsed(base_type, names.text(value)) for value in default]
    value = values.boxed(listed, element.get("cardinality", "single"))
    return element.get("identifier", ""), Fraction(0) if value is None and base_type in NUMBERS else value
