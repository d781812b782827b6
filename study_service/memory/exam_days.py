"""The day on which a learner sits an exam, as she has said: nothing is due after it. It counts when it is read, so that
a change of it changes no row.
"""

import datetime as dt

from shared_schema import rows

_LAST = "9998-12-31"


def sql(exam_id: str) -> str:
    """SQL: what the learner :user has noted for the exam with this id, itself SQL."""
    noted = f"""json_extract(u.exam_dates, '$."' || {exam_id} || '"')"""
    return f"(SELECT CASE WHEN json_valid(u.exam_dates) THEN {noted} END FROM users u WHERE u.id = :user)"


def day(noted: object) -> dt.date | None:
    """The day that was noted; None where nothing is, or no day."""
    if not isinstance(noted, str) or not rows.is_day(noted) or noted > _LAST:
        return None
    return dt.date.fromisoformat(noted)


def end(day: dt.date, zone: dt.tzinfo) -> int:
    """The last second of a day in a time zone, in epoch seconds."""
    return int(dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min, zone).timestamp()) - 1
