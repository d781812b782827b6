"""The time in an id of X: since November 2010 its upper bits are milliseconds since an epoch of X's own."""

EPOCH_MS = 1_288_834_974_657  # 2010-11-04T01:42:54.657Z
_BITS_BELOW = 22
HIGHEST = 2**63 - 1


def number(tweet_id: str) -> int | None:
    """The id as a number; None for one that X cannot have given, since it has no 63 bits."""
    value = int(tweet_id)
    return value if value <= HIGHEST else None


def at(seconds: float) -> int:
    """The lowest id that a post of this moment, in epoch seconds, can have."""
    return max(0, (int(seconds * 1000) - EPOCH_MS) << _BITS_BELOW)


def seconds(number: int) -> float:
    """When the post with this id was made, in epoch seconds. An id of before 2010 counts as of that November."""
    return ((number >> _BITS_BELOW) + EPOCH_MS) / 1000


def sql_at(moment: str) -> str:
    """SQL: `at` for an SQL expression of epoch seconds."""
    return f"((({moment}) * 1000 - {EPOCH_MS}) << {_BITS_BELOW})"
