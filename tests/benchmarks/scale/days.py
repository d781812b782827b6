"""The account's growth by day, and the voices that drafts are written in."""

from shared_schema.database import LibsqlDatabase
from tests.benchmarks.scale.writing import DAY, fill, numbers, scattered

_DAYS = 400
_VOICES = 3
_CONTENT = {
    "name": "'Voice ' || n",
    "description": "'How we sound, number ' || n",
    "tone": "'friendly'",
    "topics": "json_array('exams', 'practice')",
    "vocabulary": "json_array('case', 'practice', 'explain')",
    "avoided": "json_array('guaranteed', 'easy')",
    "examples": "json_array('Good question! The case is in our practice test.')",
}


def make(database: LibsqlDatabase, now: int) -> None:
    """A row for each day up to today, but for one of fifty."""
    at = f"{now} - ({_DAYS} - n) * {DAY}"
    fill(
        database,
        "growth_metrics",
        f"{numbers(_DAYS)} WHERE n % 50 <> 7",
        date=f"date({at}, 'unixepoch')",
        followers_count="1000 + n * 11 + n % 7",
        following_count="300 + n % 20",
        new_followers="12 + n % 9",
        lost_followers="2 + n % 3",
        tweets_sent=scattered("n", 91, 60),
        engagements_made=scattered("n", 92, 200),
        impressions=f"1000 + {scattered('n', 93, 20_000)}",
        profile_visits=scattered("n", 94, 400),
        created_at=at,
        updated_at=at,
    )
    moments = {"created_at": f"{now - 90 * DAY}"}
    fill(
        database,
        "voice_profiles",
        numbers(_VOICES),
        id="n",
        is_active="n = 1",
        updated_at=f"{now - 90 * DAY}",
        **_CONTENT,
        **moments,
    )
    fill(database, "voice_profile_versions", numbers(_VOICES), profile_id="n", version="1", **_CONTENT, **moments)
