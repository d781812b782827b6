"""Days, analytics and sign-ups walk no table that grows: the engine's plans of their statements."""

from flask.testing import FlaskClient

from tests.growth_service.plans import Plans, uses, walks


def test_a_day_reads_its_own_part_of_the_ledger(bot: FlaskClient, plans: Plans) -> None:
    planned = plans(lambda: bot.put("/api/growth/metrics/2026-11-22", json={"tweetsSent": 1}))
    assert walks(planned) == []
    assert uses(planned, "SEARCH s USING PRIMARY KEY (dimension=? AND seconds=? AND start=?)")


def test_analytics_read_their_window_by_time_from_indexes(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], plans: Plans
) -> None:
    planned = plans(lambda: bot.get("/api/growth/analytics?days=90&timezone=Asia/Kolkata"))
    assert walks(planned) == []
    for step in (
        "SEARCH growth_metrics USING INDEX growth_metrics_date (date>? AND date<?)",
        "SEARCH s USING PRIMARY KEY (dimension=? AND seconds=? AND start>? AND start<?)",
        "SEARCH opportunity_days USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
        "SEARCH opportunity_quarters USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
        "USING INDEX engagement_opportunities_executed (executed_at>? AND executed_at<?)",
        "SEARCH users USING COVERING INDEX users_sign_ups (created_at>? AND created_at<?)",
    ):
        assert uses(planned, step), planned
    replies = next(steps for sql, steps in planned.items() if "result_tweet_id" in sql)
    assert not any("TEMP B-TREE" in step for step in replies)  # the days are sorted, at most 733


def test_sign_ups_are_counted_from_their_index_alone(bot: FlaskClient, plans: Plans) -> None:
    planned = plans(lambda: bot.get("/api/growth/signups"))
    assert walks(planned) == []
    assert uses(planned, "SEARCH users USING COVERING INDEX users_sign_ups (created_at>? AND created_at<?)")
    assert uses(planned, "SEARCH o USING INDEX sqlite_autoindex_engagement_opportunities_1 (id=?)")


def test_days_are_found_by_their_dates(bot: FlaskClient, approver: FlaskClient, plans: Plans) -> None:
    bot.put("/api/growth/metrics/2026-11-22", json={"tweetsSent": 1})
    for action in (
        lambda: bot.get("/api/growth/metrics?days=366"),
        lambda: bot.get("/api/growth/metrics/2026-11-22"),
        lambda: approver.delete("/api/growth/metrics/2026-11-22"),
    ):
        planned = plans(action)
        assert walks(planned) == []
        assert uses(planned, "growth_metrics_date (date")
