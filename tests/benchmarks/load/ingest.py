"""How many tweets a second the growth service takes, in batches of 100 from four connections; then their rows."""

from collections.abc import Sequence
from pathlib import Path

from shared_schema.database import LibsqlDatabase
from tests.benchmarks.hot import stage
from tests.benchmarks.hot.calls import Request, raw
from tests.benchmarks.hot.load import Clients
from tests.benchmarks.hot.operations import BY_NAME, TWEETS
from tests.benchmarks.hot.world import World
from tests.benchmarks.load.result import Result

NAME = "ingest"
PER_SECOND = 3000
CONNECTIONS = 4
_INGEST = BY_NAME["ingest of 100 tweets"]
_TOLD = 5


def measure(directory: Path, ready: Path, world: World, batches: int) -> Result:
    """So many batches, after one for each connection that does not count. `ready` is the file of a made database."""
    requests = [_INGEST.request(world, n) for n in range(CONNECTIONS + batches)]
    sent = [raw(_INGEST.service, request) for request in requests]
    with (
        stage.database("file", ready, directory) as made,
        stage.services({_INGEST.service}, made.settings, directory) as running,
        Clients() as clients,
    ):
        workers = running[_INGEST.service]
        clients.send(workers.port, sent[:CONNECTIONS], CONNECTIONS, _INGEST.status)
        cpu_s = workers.cpu_s()
        load = clients.send(workers.port, sent[CONNECTIONS:], CONNECTIONS, _INGEST.status)
        cpu_s = workers.cpu_s() - cpu_s
        database = LibsqlDatabase(made.settings)
        wrong = compare(database, requests)
        database.close()
    per_second = batches * TWEETS / load.seconds
    figures = {
        "tweets": batches * TWEETS,
        "tweets a second": per_second,
        "batch of 100: p50 ms": load.p50_s * 1000,
        "batch of 100: p95 ms": load.p95_s * 1000,
        "CPU of the workers for a tweet, µs": cpu_s * 1e6 / (batches * TWEETS),
        "rows that are lost or wrong": len(wrong),
    }
    return Result(NAME, figures, [*missed(per_second), *wrong[:_TOLD]])


def missed(per_second: float) -> list[str]:
    slow = per_second < PER_SECOND
    return [f"{per_second:,.0f} tweets a second, at least {PER_SECOND:,}"] if slow else []


def compare(database: LibsqlDatabase, acknowledged: Sequence[Request]) -> list[str]:
    """A sentence for each tweet of these requests that is not there as it was sent."""
    rows = "SELECT id, account_id, text, CAST(metrics->>'$.likes' AS INTEGER) FROM tweets"
    stored = {tweet: (author, text, likes) for tweet, author, text, likes in database.execute_sql(rows).fetchall()}
    sent = {
        tweet["id"]: (tweet["author_id"], tweet["text"], tweet["public_metrics"]["like_count"])
        for request in acknowledged
        for tweet in request.body["data"]
    }
    return [
        f"tweet {tweet} was acknowledged as {given} and is {stored.get(tweet)}"
        for tweet, given in sent.items()
        if stored.get(tweet) != given
    ]
