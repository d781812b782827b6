"""Files for spreadsheets: exact amounts, empty where nothing is known, quoted as RFC 4180 has it, and no formula."""

import csv
import io
from typing import Any

import pytest
from flask import Flask
from marshmallow import fields

from shared_schema.web import spreadsheets
from shared_schema.web.schema import Out, Usd


class Thing(Out):
    text_of_it = fields.String(data_key="text", allow_none=True)
    cost_nanousd = Usd(data_key="costUsd", allow_none=True)
    number = fields.Integer()


@pytest.mark.parametrize(
    ("nanousd", "cell"),
    [
        (1, "0.000000001"),
        (0, "0.000000000"),
        (1_500_000_000, "1.500000000"),
        (2**63 - 1, "9223372036.854775807"),
        (-1, "-0.000000001"),
        (None, ""),
    ],
)
def test_amounts_are_exact(growth_app: Flask, nanousd: int | None, cell: str) -> None:
    assert written(growth_app, {"text_of_it": None, "cost_nanousd": nanousd, "number": -3}) == ["", cell, "-3"]


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_text_is_no_formula(growth_app: Flask, formula: str) -> None:
    assert written(growth_app, {"text_of_it": formula, "cost_nanousd": 0, "number": 1})[0] == f"'{formula}"


@pytest.mark.parametrize("text", ["a,b", 'a "b"', "a\r\nb", "ä€", "a=1", "'", " =1"])
def test_a_text_is_read_as_it_was_written(growth_app: Flask, text: str) -> None:
    assert written(growth_app, {"text_of_it": text, "cost_nanousd": 0, "number": 1}) == [text, "0.000000000", "1"]


def written(app: Flask, row: dict[str, Any]) -> list[str]:
    """The row's cells, as a reader of such files finds them."""
    with app.app_context():
        text = spreadsheets.of("things", Thing(), [row]).get_data().decode()
    header, cells = csv.reader(io.StringIO(text, newline=""))
    assert header == ["text", "costUsd", "number"]
    return cells
