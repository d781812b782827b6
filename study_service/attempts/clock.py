"""When a test is over: by the server's clock, from its start, its limit and the learner's extra time."""

# An answer that was on its way at the bell still counts. After that nothing does.
GRACE_S = 10
# Extra time that is taken back while the test runs leaves at least so much.
LEAST_S = 60

_DERIVED = "started_at + CAST(time_limit_minutes * 60 * :factor + 0.5 AS INTEGER)"
# SQL: when a running attempt ends with another factor. Taking time back never ends it at once, and never adds any.
CHANGED = f"""
    CASE WHEN {_DERIVED} >= expires_at THEN {_DERIVED} ELSE max({_DERIVED}, min(expires_at, :now + {LEAST_S})) END
"""
# SQL: an attempt that takes answers at the second :now.
RUNS = f"status = 'in_progress' AND expires_at + {GRACE_S} >= :now"


def deadline(started_at: int, limit_minutes: int, factor: float) -> int:
    """The second at which a test ends that began at `started_at`."""
    return started_at + int(limit_minutes * 60 * factor + 0.5)


def is_over(expires_at: int, now: float) -> bool:
    """Whether an attempt takes no more answers: its time and the grace are over."""
    return now > expires_at + GRACE_S


def ended_at(expires_at: int, last_save: int | None) -> int:
    """When an attempt ended that nobody submitted: at the bell, or with the answer that came in the grace."""
    return max(expires_at, last_save or 0)
