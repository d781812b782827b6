"""Operators of response processing, each with its values and its NULL."""

import xml.etree.ElementTree as ET
from fractions import Fraction

import pytest

from study_service.banks.bank import Unusable
from study_service.banks.qti import processing
from study_service.banks.qti.declared import Response
from study_service.banks.qti.values import Container, Value

NULL = "<null/>"
TRUE, FALSE = (f'<baseValue baseType="boolean">{value}</baseValue>' for value in ("true", "false"))
ANSWER = '<variable identifier="RESPONSE"/>'


def numbers(*values: str) -> str:
    return "".join(f'<baseValue baseType="float">{value}</baseValue>' for value in values)


def names(*values: str) -> str:
    return "".join(f'<baseValue baseType="identifier">{value}</baseValue>' for value in values)


def outcome(expression: str, answer: Value = None) -> Value:
    """What the outcome X is set to after an answer."""
    statement = f'<setOutcomeValue identifier="X">{expression}</setOutcomeValue>'
    item = ET.fromstring(f"<assessmentItem><responseProcessing>{statement}</responseProcessing></assessmentItem>")
    return processing.processing(item, Response("RESPONSE", "multiple", "identifier")).run(answer)["X"]


HALF = Fraction(1, 2)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (f"<and>{TRUE}{TRUE}</and>", True),
        (f"<and>{NULL}{FALSE}</and>", False),
        (f"<and>{NULL}{TRUE}</and>", None),
        (f"<or>{FALSE}{FALSE}</or>", False),
        (f"<or>{NULL}{TRUE}</or>", True),
        (f"<or>{NULL}{FALSE}</or>", None),
        (f"<not>{FALSE}</not>", True),
        (f"<not>{TRUE}</not>", False),
        (f"<not>{NULL}</not>", None),
        (f"<isNull>{NULL}</isNull>", True),
        (f"<isNull>{TRUE}</isNull>", False),
        (f"<match>{numbers('0.5', '.50')}</match>", True),
        (f"<match>{numbers('1')}{names('1')}</match>", False),
        (f"<match>{NULL}{numbers('1')}</match>", None),
        (f"<match><multiple>{names('a', 'b')}</multiple><multiple>{names('b', 'a')}</multiple></match>", True),
        (f"<match><ordered>{names('a', 'b')}</ordered><ordered>{names('b', 'a')}</ordered></match>", False),
        (f"<multiple>{names('a')}{NULL}<multiple>{names('b')}</multiple></multiple>", Container(("a", "b"))),
        (f"<ordered>{names('b', 'a')}</ordered>", Container(("b", "a"), ordered=True)),
        (f"<multiple>{NULL}</multiple>", None),
        (f"<member>{names('a')}<multiple>{names('a', 'b')}</multiple></member>", True),
        (f"<member>{names('c')}<multiple>{names('a', 'b')}</multiple></member>", False),
        (f"<member>{NULL}<multiple>{names('a', 'b')}</multiple></member>", None),
        (f"<contains><multiple>{names('a', 'b')}</multiple><multiple>{names('b')}</multiple></contains>", True),
        (f"<contains><multiple>{names('a', 'b')}</multiple><multiple>{names('b', 'b')}</multiple></contains>", False),
        (f"<contains><multiple>{names('a')}</multiple>{NULL}</contains>", None),
        (f"<sum>{numbers('0.1', '0.2')}<multiple>{numbers('0.2')}</multiple></sum>", HALF),
        (f"<sum>{numbers('0.1')}{NULL}</sum>", None),
        (f"<product>{numbers('0.25', '2')}</product>", HALF),
        (f"<product>{numbers('0.25')}{names('a')}</product>", None),
        (f"<subtract>{numbers('1', '0.5')}</subtract>", HALF),
        (f"<subtract>{numbers('1')}{NULL}</subtract>", None),
        (f"<divide>{numbers('1', '2')}</divide>", HALF),
        (f"<divide>{numbers('1', '0')}</divide>", None),
        (f"<lt>{numbers('1', '2')}</lt>", True),
        (f"<lt>{numbers('2', '2')}</lt>", False),
        (f"<lte>{numbers('2', '2')}</lte>", True),
        (f"<gt>{numbers('2', '2')}</gt>", False),
        (f"<gt>{numbers('3', '2')}</gt>", True),
        (f"<gte>{numbers('2', '2')}</gte>", True),
        (f"<gte>{NULL}{numbers('2')}</gte>", None),
        (f"<equal>{numbers('2', '2.0')}</equal>", True),
        (f"<equal>{numbers('2')}{NULL}</equal>", None),
        (f'<equal toleranceMode="absolute" tolerance="1">{numbers("3", "2")}</equal>', True),
        (f'<equal toleranceMode="absolute" tolerance="1">{numbers("3.1", "2")}</equal>', False),
        (f'<equal toleranceMode="absolute" tolerance="1" includeUpperBound="false">{numbers("3", "2")}</equal>', False),
        (f'<equal toleranceMode="absolute" tolerance="1" includeLowerBound="false">{numbers("1", "2")}</equal>', False),
        (f'<equal toleranceMode="relative" tolerance="10">{numbers("-110", "-100")}</equal>', True),
        (f'<equal toleranceMode="relative" tolerance="10 20">{numbers("-120", "-100")}</equal>', False),
        (f'<stringMatch caseSensitive="false">{names("A", "a")}</stringMatch>', True),
        (f'<stringMatch caseSensitive="true">{names("A", "a")}</stringMatch>', False),
        (f"<stringMatch>{names('A')}{NULL}</stringMatch>", None),
        ('<variable identifier="RESPONSE"/>', Container(("B",))),
    ],
)
def test_values(expression: str, value: Value) -> None:
    assert outcome(expression, Container(("B",))) == value


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (f"<not>{TRUE}{TRUE}</not>", "its response processing asks about more than one value"),
        (f"<lt>{numbers('1')}</lt>", "its response processing compares not two values"),
        (
            f'<stringMatch substring="true">{names("a", "b")}</stringMatch>',
            "its response processing looks for a part of a text",
        ),
        (
            f"<divide><divide>{numbers('1', '1e60')}</divide>{numbers('1e60')}</divide>",
            "its response processing computes a number with too many digits",
        ),
        ("", "its response processing has a <setOutcomeValue> without one value"),
        (TRUE + TRUE, "its response processing has a <setOutcomeValue> without one value"),
        ('<mapResponse identifier="RESPONSE"/>', "its response processing maps the response, and nothing is mapped"),
        (f"<sum>{numbers('1e61')}</sum>", "'1e61' is not a number"),
    ],
)
def test_refused(expression: str, message: str) -> None:
    with pytest.raises(Unusable) as raised:
        outcome(expression)
    assert str(raised.value) == message
