"""Files for spreadsheets: exact amounts, empty where nothing is known, quoted as RFC 4180 has it, and no formula."""

import csv
import datetime as dt
import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import fields

from growth_service.routes import spreadsheets
from shared_schema.database import Database
from shared_schema.web.schema import Out, Usd

URL = "/api/growth/metrics.csv"
HEADER = (
    b"date,followersCount,followingCount,newFollowers,lostFollowers,tweetsSent,engagementsMade,impressions,"
    b"profileVisits,engagementRate,aiCostsUsd,followersChange,daysSincePrevious,createdAt,updatedAt\r\n"
)


class Thing(Out):
    text_of_it = fields.String(data_key="text", allow_none=True)
    cost_nanousd = Usd(data_key="costUsd", allow_none=True)
    number = fields.Integer()


def test_days_are_a_file_newest_first(bot: FlaskClient, approver: FlaskClient, database: Database, today: str) -> None:
    yesterday = (dt.date.fromisoformat(today) - dt.timedelta(days=1)).isoformat()
    bot.put(f"/api/growth/metrics/{yesterday}", json={"followersCount": 100, "engagementRate": 0.031})
    bot.put(f"/api/growth/metrics/{today}", json={"followersCount": 97})
    database.execute_sql("UPDATE growth_metrics SET created_at = 0, updated_at = 1")
    database.execute_sql("UPDATE growth_metrics SET ai_cost_nanousd = 12345678901 WHERE date = ?", (today,))
    response = approver.get(f"{URL}?days=7")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert response.headers["Content-Disposition"] == "attachment; filename=growth-metrics.csv"
    times = "1970-01-01T00:00:00Z,1970-01-01T00:00:01Z"
    assert (
        response.get_data()
        == HEADER
        + (f"{today},97,,,,,,,,,12.345678901,-3,1,{times}\r\n{yesterday},100,,,,,,,,0.031,,,,{times}\r\n").encode()
    )
    assert bot.get(f"{URL}?days=1").text.count("\r\n") == 2
    assert bot.get(f"{URL}?days=0").status_code == 422


def test_without_days_there_is_the_header(bot: FlaskClient) -> None:
    assert bot.get(URL).get_data() == HEADER


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
