"""What hot reads of the growth service look at, by the count of a real server's engine: at most fifty rows, or three
for each that comes back, whatever else the tables have.
"""

import datetime as dt

import flask
import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service import crowded
from tests.growth_service.conftest import LEDGER, QUEUE, TWEETS, tweet_id, x_response, x_tweet

pytestmark = pytest.mark.only("server")

ACCOUNTS, DAYS = "/api/twitter/accounts", 30
LIMIT = 20


def ago(days: int) -> str:
    return (dt.datetime.now(dt.UTC) - dt.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


WINDOW = f"from={ago(20)}&to={ago(10)}"
# With how many rows of the tables are in the answer.
READS = {
    **{f"{QUEUE}?limit={LIMIT}&status={state}": LIMIT for state in ("pending", "approved")},
    f"{QUEUE}?limit={LIMIT}&after={2500:032x}": LIMIT + 1,
    f"{QUEUE}/counts": 11,
    TWEETS: LIMIT,
    f"{TWEETS}?accountId=7": 12,
    f"{TWEETS}?conversationId=1000005": 5,
    f"{TWEETS}?since={ago(20)}&until={ago(10)}": LIMIT,
    f"{TWEETS}/1000005": 7,
    LEDGER: LIMIT,
    **{f"{LEDGER}?{one}": LIMIT for one in ("purpose=purpose1", "model=model1", "examId=1", "userId=1")},
    f"{LEDGER}?success=false": LIMIT,
    f"{LEDGER}?priced=false": LIMIT,
    f"{LEDGER}?{WINDOW}": LIMIT,
    f"{LEDGER}?purpose=purpose1&model=model1&{WINDOW}": LIMIT,
    f"{LEDGER}?purpose=nobody": 0,
    f"{LEDGER}/call-77": 1,
    **{f"{ACCOUNTS}?kind={kind}": 1 for kind in ("own", "competitor", "target")},
    "/api/twitter/voice-profiles/active": 1,
    f"/api/growth/metrics?days={DAYS}": DAYS,
}
# The best of each day is looked at, and for each that comes back the next one of its day.
TOP = f"{TWEETS}/top?days={DAYS}"
# The days of two windows with their costs, the latest replies, what was drafted and sent by day.
ANALYTICS, OF_ANALYTICS = f"/api/growth/analytics?days={DAYS}", 2 * (2 * DAYS + 1) + 300 + 2
# Sums over eleven slots of the window at most, for each of twelve groups, of the total, two exams and five users.
COSTS, OF_COSTS = f"/api/ai/costs?days={DAYS}", 11 * (12 + 2 + 5) + DAYS + 11 * 3


def rows_read(bot: FlaskClient, url: str) -> int:
    """How many rows the server's engine has looked at to answer."""
    with bot:
        response = bot.get(url)
        assert response.status_code == 200, response.json
        read: int = flask.g.use.rows_read
    return read


def rows_of(bot: FlaskClient, url: str, body: object) -> int:
    """The same of a POST."""
    with bot:
        response = bot.post(url, json=body)
        assert response.status_code == 200, response.json
        read: int = flask.g.use.rows_read
    return read


def test_a_hot_read_looks_at_what_it_shows(bot: FlaskClient, database: LibsqlDatabase) -> None:
    crowded.fill(database)
    bot.get(TWEETS)  # the caller's own row is known from then on
    read = {url: rows_read(bot, url) for url in READS}
    assert {url: rows for url, rows in read.items() if rows > max(50, 3 * READS[url])} == {}
    assert rows_read(bot, TOP) <= 3 * DAYS + 7 * 10
    assert rows_read(bot, ANALYTICS) <= 3 * OF_ANALYTICS
    assert rows_read(bot, COSTS) <= OF_COSTS


def test_a_write_looks_at_what_it_changes(bot: FlaskClient, database: LibsqlDatabase) -> None:
    """A thousand drafts are open, and most of them get approved: that makes no write dearer."""
    crowded.fill(database)
    bot.get(TWEETS)
    few = [written(bot, n) for n in range(2)][-1]
    database.execute_sql(
        "UPDATE engagement_opportunities SET status = 'approved', relevance_score = 0 WHERE status = 'pending'"
    )
    many = [written(bot, n) for n in range(2, 4)][-1]
    assert many[0] == few[0]
    assert many[1] <= few[1] + 30  # a claim counts the slots of the day, which the ones before have taken


def written(bot: FlaskClient, n: int) -> tuple[int, int]:
    """The rows that an ingest looks at, with an edited post in it, and those of a claim."""
    edited = x_tweet(2 * n + 1, edit_history_tweet_ids=[tweet_id(2 * n), tweet_id(2 * n + 1)])
    ingest = rows_of(bot, TWEETS, x_response(x_tweet(2 * n), edited))
    return ingest, rows_of(bot, f"{QUEUE}/claim", {"limit": 2, "leaseSeconds": 60})
