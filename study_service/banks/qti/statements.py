"""The statements of response processing, carried out for one answer."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from study_service.banks.bank import Unusable
from study_service.banks.qti import names, values
from study_service.banks.qti.declared import Response
from study_service.banks.qti.operators import OPERATORS
from study_service.banks.qti.values import Value

_BRANCHES = ("responseIf", "responseElseIf", "responseElse")
_LEAVES = ("variable", "correct", "baseValue", "mapResponse", "mapResponsePoint")
_KNOWN = {*OPERATORS, *_LEAVES, *_BRANCHES, "responseCondition", "setOutcomeValue", "exitResponse"}


class _Exit(Exception):
    """The processing ends here."""


@dataclass(slots=True)
class State:
    response: Response
    answer: Value
    outcomes: dict[str, Value]


def carry_out(statements: Sequence[Element], state: State) -> None:
    """Set the outcomes. Unusable for what is not understood."""
    with contextlib.suppress(_Exit):
        _carry_out(statements, state)


def understood(statements: Sequence[Element], score: str) -> list[Element]:
    """The statements without those that are not understood and have nothing to do with the score."""
    return [statement for statement in statements if _is_known(statement) or _touches(score, statement, statements)]


def _is_known(statement: Element) -> bool:
    return all(element.tag in _KNOWN for element in statement.iter())


def _touches(score: str, statement: Element, statements: Sequence[Element]) -> bool:
    sets = {element.get("identifier") for element in names.inside(statement, "setOutcomeValue")}
    others = [other for other in statements if other is not statement]
    read = {element.get("identifier") for other in others for element in names.inside(other, "variable")}
    leaves = names.has(statement, "exitResponse")
    return leaves or not sets or score in sets or not sets.isdisjoint(read)


def _carry_out(statements: Sequence[Element], state: State) -> None:
    for statement in statements:
        if statement.tag == "responseCondition":
            _condition(statement, state)
        elif statement.tag == "setOutcomeValue":
            state.outcomes[statement.get("identifier", "")] = _value(_only(statement), state)
        elif statement.tag == "exitResponse":
            raise _Exit
        else:
            raise Unusable(f"its response processing uses <{statement.tag}>, which is not understood")


def _condition(element: Element, state: State) -> None:
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


def _value(element: Element, state: State) -> Value:
    match element.tag:
        case "variable" | "correct" | "mapResponse" | "mapResponsePoint":
            return _of_variable(element, state)
        case "baseValue":
            return literal(element)
        case tag if tag in OPERATORS:
            return OPERATORS[tag](element, [_value(child, state) for child in element])
        case tag:
            raise Unusable(f"its response processing uses <{tag}>, which is not understood")


def _of_variable(element: Element, state: State) -> Value:
    name, response = element.get("identifier", ""), state.response
    if element.tag == "variable" and name in state.outcomes:
        return state.outcomes[name]
    if name != response.identifier:
        raise Unusable(f"its response processing reads {name[:50]!r}, which is neither its response nor an outcome")
    if element.tag == "variable":
        return state.answer
    if element.tag == "correct":
        return response.value(*response.correct)
    mapping = response.mapping if element.tag == "mapResponse" else response.areas
    if mapping is None:
        raise Unusable("its response processing maps the response, and nothing is mapped")
    return mapping.worth(state.answer)


def literal(element: Element) -> Value:
    return values.parsed(element.get("baseType", ""), names.text(element))


def _only(element: Element) -> Element:
    if len(element) != 1:
        raise Unusable(f"its response processing has a <{element.tag}> without one value")
    return element[0]
