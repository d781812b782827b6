"""Replies in a world where answers get lost, bots crash and timelines come late: is any sent twice?"""

import collections
import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from flask.testing import FlaskClient

import growth_service.app
from shared_schema.database.settings import Settings
from shared_schema.tables import db
from shared_schema.web import tokens
from shared_schema.web.config import Config, Observing
from tests import stages
from tests.simulations.replies import clock
from tests.simulations.replies.clock import Clock, ClockedDatabase
from tests.simulations.replies.world import World

_KEYS = {"simulation": "a-secret-of-more-than-32-bytes-for-simulations"}
_BACK_S = 400 * 86400  # the world begins so long ago: no id of it is of the future


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a world. `by` counts attempts by who settled them and as what, None for those that nobody has.

    `wrong` names each opportunity that was sent twice, or of which the service does not know what X knows.
    """

    runs: int
    sent: int
    by: dict[tuple[str | None, str | None], int]
    flagged: int
    wrong: list[str]
    cpu_s: float

    @property
    def in_doubt(self) -> int:
        """Attempts that ended without a report that settled them."""
        return sum(count for (by, _), count in self.by.items() if by != "report")

    @property
    def by_a_person(self) -> int:
        return sum(count for (by, _), count in self.by.items() if by in ("person", None))

    def lines(self) -> list[str]:
        """The figures, as text."""
        by = {
            f"{who or 'nobody'}, {outcome or 'open'}": count
            for (who, outcome), count in sorted(self.by.items(), key=str)
        }
        without = 1 - self.by_a_person / max(1, self.in_doubt)
        return [
            f"{self.runs} opportunities, {self.sent} sent, {sum(self.by.values())} attempts, {self.cpu_s:.0f} s of CPU",
            *(f"  settled by {name}: {count}" for name, count in by.items()),
            f"  without a report: {self.in_doubt}, of which settled without a person: {without:.2%}",
            f"  flagged: {self.flagged}, wrong: {len(self.wrong)}",
            *self.wrong[:20],
        ]


def simulate(runs: int, seed: int) -> Outcome:
    """Let `runs` opportunities go their way, on a database file of their own."""
    started = time.process_time()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "simulation.db"
        stages.migrated(path)
        callers = _callers()
        world_clock = Clock(time.time() - _BACK_S)
        database = ClockedDatabase(Settings(f"file:{path}"))
        database.execute_sql("PRAGMA synchronous = 0")
        clock.install(database, world_clock)
        db.initialize(database)  # type: ignore[attr-defined]
        try:
            with clock.followed_by_services(world_clock):
                world = World(database, world_clock, *callers, random.Random(seed), runs)
                world.run()
            return _outcome(world, time.process_time() - started)
        finally:
            database.close()


def _callers() -> tuple[FlaskClient, FlaskClient]:
    """The bot and the admin, at an app that the caller gives its database."""
    quiet = Observing(log_level="ERROR")
    config = Config("growth", 0, "127.0.0.1", Settings("file::memory:"), _KEYS, observing=quiet)
    app = growth_service.app.create_app(config)
    service, admin = app.test_client(), app.test_client()
    for caller, subject, role in ((service, "growth-bot", "service"), (admin, "4", "admin")):
        token = tokens.mint(_KEYS, "growth", subject, role, ttl_s=86400, scope="read write")
        caller.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return service, admin


def _outcome(world: World, cpu_s: float) -> Outcome:
    query = "SELECT settled_by, outcome, count(*) FROM send_attempts GROUP BY 1, 2"
    by = {(who, outcome): count for who, outcome, count in world.database.execute_sql(query).fetchall()}
    (flagged,) = world.database.execute_sql(
        "SELECT count(*) FROM engagement_opportunities WHERE flagged IS NOT NULL"
    ).fetchone()
    answers = collections.defaultdict(list)
    for post in world.x.posts:
        answers[post.answered, post.how].append(str(post.number))
    sent, wrong = 0, []
    query = "SELECT id, tweet_id, opportunity_type, status, result_tweet_id FROM engagement_opportunities"
    for opportunity, tweet, kind, status, result in world.database.execute_sql(query).fetchall():
        posts = answers[tweet, "replied_to" if kind == "reply" else "quoted"]
        sent += bool(posts)
        if len(posts) > 1 or posts != ([result] if status == "executed" else []):
            wrong.append(f"{opportunity}: {status} as {result}, at X: {posts}")
    return Outcome(world.runs, sent, by, flagged, wrong, cpu_s)
