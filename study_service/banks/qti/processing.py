"""Response processing, carried out: what an answer to an item earns, and which feedback it shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from xml.etree.ElementTree import Element

from study_service.banks.bank import Unusable
from study_service.banks.qti import names, values
from study_service.banks.qti.declared import NUMBERS, Response
from study_service.banks.qti.operators import OPERATORS
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
_BRANCHES = ("responseIf", "responseElseIf", "responseElse")
_LEAVES = ("variable", "correct", "baseValue", "mapResponse", "mapResponsePoint", "default")


class _Exit(Exception):
    """The processing ends here."""


@dataclass(slots=True)
class Processing:
    """`template` is the standard one that it names. `is_stated` is False where the item has none at all."""

    response: Response
    statements: Sequence[Element] = ()
    template: str | None = None
    start: Mapping[str, Value] = field(default_factory=dict)
    is_stated: bool = True

    def run(self, answer: Value) -> dict[str, Value]:
        """The outcomes of an answer by their identifiers. Unusable for a processing that is not understood."""
        if self.template is not None:
            return {_SCORE: self._of_template(answer)}
        outcomes = dict(self.start)
        try:
            _carry_out(self.statements, _State(self.response, answer, outcomes))
        except _Exit:
            pass
        return outcomes

    def score(self, answer: Value) -> Fraction:
        score = self.run(answer).get(_SCORE)
        return score if isinstance(score, Fraction) else Fraction(0)

    def uses(self, tag: str) -> bool:
        """Whether an expression of this name is in it."""
        return self.template == "map_response" if tag == "mapResponse" and self.template else any(self._all(tag))

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
                    yield _literal(child)
                elif child.tag in ("multiple", "ordered"):
                    parts = [_literal(part) for part in child if part.tag == "baseValue"]
                    yield OPERATORS[child.tag](child, parts)

    def _all(self, tag: str) -> Iterator[Element]:
        return (element for statement in self.statements for element in names.inside(statement, tag))

    def _of_template(self, answer: Value) -> Value:
        if self.template == "match_correct":
            return Fraction(values.same(answer, self.response.value(*self.response.correct)))
        mapping = self.response.mapping if self.template == "map_response" else self.response.areas
        if mapping is None:
            raise Unusable(f"its response processing is {self.template}, and nothing is mapped")
        return mapping.worth(answer)


@dataclass(slots=True)
class _State:
    response: Response
    answer: Value
    outcomes: dict[str, Value]


def processing(item: Element, response: Response) -> Processing:
    """How an item's answers are scored. Unusable where a template is not known, and for what is too long."""
    element = names.first(item, "responseProcessing")
    start = dict(_outcome(child) for child in item if child.tag == "outcomeDeclaration")
    if element is None or (not len(element) and not element.get("template", "").strip()):
        return Processing(response, start=start, is_stated=False)
    if len(element):
        if sum(1 for _ in element.iter()) > MAX_STEPS:
            raise Unusable("its response processing is too long to be understood")
        return Processing(response, _understood(list(element)), start=start)
    address = element.get("template", "").strip()
    name = address.rstrip("/").rpartition("/")[2].removesuffix(".xml").lower()
    if name not in _TEMPLATES:
        raise Unusable(f"its response processing is a template that is not known: {address[:100]}")
    return Processing(response, template=_TEMPLATES[name], start=start)


def _outcome(element: Element) -> tuple[str, Value]:
    """An outcome and what it is before an answer; a number is 0."""
    base_type, default = element.get("baseType", ""), names.first(element, "defaultValue")
    listed = [] if default is None else [values.parsed(base_type, names.text(value)) for value in default]
    value = values.boxed(listed, element.get("cardinality", "single"))
    return element.get("identifier", ""), Fraction(0) if value is None and base_type in NUMBERS else value


def _understood(statements: Sequence[Element]) -> list[Element]:
    """The statements without those that are not understood and have nothing to do with the score."""
    return [statement for statement in statements if _is_known(statement) or _touches_score(statement, statements)]


def _is_known(statement: Element) -> bool:
    known = {*OPERATORS, *_LEAVES, *_BRANCHES, "responseCondition", "setOutcomeValue", "exitResponse"}
    return all(element.tag in known for element in statement.iter())


def _touches_score(statement: Element, statements: Sequence[Element]) -> bool:
    sets = {element.get("identifier") for element in names.inside(statement, "setOutcomeValue")}
    others = [other for other in statements if other is not statement]
    read = {element.get("identifier") for other in others for element in names.inside(other, "variable")}
    leaves = any(names.inside(statement, "exitResponse"))
    return leaves or not sets or _SCORE in sets or not sets.isdisjoint(read)


def _carry_out(statements: Sequence[Element], state: _State) -> None:
    for statement in statements:
        if statement.tag == "responseCondition":
            _condition(statement, state)
        elif statement.tag == "setOutcomeValue":
            state.outcomes[statement.get("identifier", "")] = _value(_only(statement), state)
        elif statement.tag == "exitResponse":
            raise _Exit
        else:
            raise Unusable(f"its response processing uses <{statement.tag}>, which is not understood")


def _condition(element: Element, state: _State) -> None:
    for branch in element:
        if branch.tag not in _BRANCHES:
            raise Unusable(f"its response processing uses <{branch.tag}>, which is not understood")
        parts = list(branch)
        if branch.tag == "responseElse":
            return _carry_out(parts, state)
        if not parts:
            raise Unusable(f"its response processing has a <{branch.tag}> without a condition")
        if _value(parts[0], state) is True:
            return _carry_out(parts[1:], state)
    return None


def _value(element: Element, state: _State) -> Value:
    match element.tag:
        case "variable" | "correct" | "mapResponse" | "mapResponsePoint" | "default":
            return _of_variable(element, state)
        case "baseValue":
            return _literal(element)
        case tag if tag in OPERATORS:
            return OPERATORS[tag](element, [_value(child, state) for child in element])
        case tag:
            raise Unusable(f"its response processing uses <{tag}>, which is not understood")


def _of_variable(element: Element, state: _State) -> Value:
    name, response = element.get("identifier", ""), state.response
    if element.tag == "variable" and name in state.outcomes:
        return state.outcomes[name]
    if name != response.identifier or element.tag == "default":
        raise Unusable(f"its response processing reads {name[:50]!r}, which is neither its response nor an outcome")
    if element.tag == "variable":
        return state.answer
    if element.tag == "correct":
        return response.value(*response.correct)
    mapping = response.mapping if element.tag == "mapResponse" else response.areas
    if mapping is None:
        raise Unusable("its response processing maps the response, and nothing is mapped")
    return mapping.worth(state.answer)


def _literal(element: Element) -> Value:
    return values.parsed(element.get("baseType", ""), names.text(element))


def _only(element: Element) -> Element:
    if len(element) != 1:
        raise Unusable(f"its response processing has a <{element.tag}> without one value")
    return element[0]
