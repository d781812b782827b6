"""Learners, one moderator and one admin."""

from shared_schema.database import LibsqlDatabase
from tests.benchmarks.scale.sizes import CAME, Size
from tests.benchmarks.scale.writing import DAY, fill, numbers, scattered


def make(database: LibsqlDatabase, size: Size, now: int) -> None:
    """Users with the ids from 1. Two of three share their profile; one of CAME came by a reply of ours, this month."""
    joined = f"iif(n % {CAME} = 0, {now - 25 * DAY} + n % 5 * {DAY}, {now - 310 * DAY} - n % 60 * {DAY})"
    fill(
        database,
        "users",
        numbers(size.admin),
        id="n",
        email="'user' || n || '@example.com'",
        name="'User ' || n",
        role=f"CASE n WHEN {size.moderator} THEN 'moderator' WHEN {size.admin} THEN 'admin' ELSE 'user' END",
        subscription_status="iif(n % 4, 'premium', 'enterprise')",
        share_profile="n % 3 > 0",
        sign_up_ref=f"iif(n % {CAME} = 0, 'reply-' || n, NULL)",
        login_count=scattered("n", 1, 200),
        last_login=f"{now} - {scattered('n', 2, 20 * DAY)}",
        created_at=joined,
        updated_at=joined,
    )
    fill(
        database,
        "accommodations",
        f"users WHERE id % 50 = 10 AND id <= {size.learners}",
        user_id="id",
        extra_time_factor="1.25",
        set_by=f"{size.admin}",
        set_at="created_at",
    )
