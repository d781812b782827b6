"""Which numbers a column may hold, beyond the CHECKs of the schema: what the services count on when they read it."""

# Beyond these a counter is damage, and adding 1 to the largest integer turns it into a real number.
_MOST_COUNTED = 1_000_000_000_000
_DAY_SECONDS = 86_400
_COUNTERS = frozenset(
    {
        "login_count", "total_attempts", "correct_attempts", "question_count", "total_questions", "correct_answers",
        "skipped_questions", "flagged_questions", "streak_count", "max_streak", "correct_count", "incorrect_count",
        "skipped_count", "days_since_last_seen", "total_questions_seen", "unique_questions_seen", "total_correct",
        "total_incorrect", "current_streak", "longest_streak", "total_study_minutes", "study_days_count", "tests_taken",
        "tests_passed", "total_study_seconds", "questions_available", "followers_count", "following_count",
        "tweet_count", "new_followers", "lost_followers", "tweets_sent", "engagements_made", "impressions",
        "profile_visits", "prompt_tokens", "completion_tokens", "total_tokens", "generation_time_ms", "price_cents",
    }
)  # fmt: skip
# Shares of one, as the services compute and show them. Older software wrote some of them as percentages.
SHARES = frozenset(
    {
        "passing_score", "weight", "relevance_score", "pass_rate", "avg_score", "ai_confidence_score", "accuracy",
        "score", "overall_accuracy", "readiness_score", "predicted_exam_score", "best_score", "avg_test_score",
        "engagement_rate",
    }
)  # fmt: skip
_RANGES: dict[str, tuple[float, float]] = {
    "question_percentage": (0, 100),
    "discrimination_index": (-1, 1),
    "confidence_interval": (0, 100),
    "time_limit_minutes": (0, 525_600),
    "avg_time_per_question": (0, _DAY_SECONDS),
    "avg_time_seconds": (0, _DAY_SECONDS),
    **dict.fromkeys(_COUNTERS, (0, _MOST_COUNTED)),
    **dict.fromkeys(SHARES, (0, 1)),
}
# Of one answer the services take at most a day; of a session and of an attempt it is the sum of many.
_SECONDS = {"user_answers": _DAY_SECONDS, "study_sessions": _MOST_COUNTED, "test_attempts": _MOST_COUNTED}
_AHEAD = frozenset({"expires_at", "subscription_expires_at", "lease_expires_at"})


def of(table: str, column: str) -> tuple[float, float] | None:
    """The least and the greatest number that a column may hold; None for any."""
    if column in ("time_spent_seconds", "total_time_seconds"):
        return 0, _SECONDS.get(table, _MOST_COUNTED)
    return _RANGES.get(column)


def is_past(column: str) -> bool:
    """Whether a column of times or days is of what has happened: every one but the ends of terms."""
    return column not in _AHEAD
