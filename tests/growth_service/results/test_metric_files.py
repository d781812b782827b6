"""The days as a file for spreadsheets."""

import datetime as dt

from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase

URL = "/api/growth/metrics.csv"
HEADER = (
    b"date,followersCount,followingCount,newFollowers,lostFollowers,tweetsSent,engagementsMade,impressions,"
    b"profileVisits,engagementRate,aiCostsUsd,followersChange,daysSincePrevious,createdAt,updatedAt\r\n"
)


def test_days_are_a_file_newest_first(
    bot: FlaskClient, approver: FlaskClient, database: LibsqlDatabase, today: str
) -> None:
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
