"""What AI calls cost by quarters of an hour, and from those by the longer slots: one walk of the calls a dimension."""

from shared_schema.database import LibsqlDatabase
from shared_schema.tables.costs import DIMENSIONS, KEYS, SLOTS, SUMS

_NAMES = ", ".join((*KEYS, *SUMS))
_ADDED = ", ".join(f"sum({name})" for name in SUMS)
_SHORTEST, *_LONGER = SLOTS
_OF_CALLS = f"""
    INSERT INTO ai_cost_slots ({_NAMES}) SELECT {", ".join(KEYS)}, {_ADDED} FROM ai_cost_parts
    WHERE dimension = :dimension AND seconds = {_SHORTEST} GROUP BY {", ".join(KEYS)}
"""
_OF_SLOTS = f"""
    INSERT INTO ai_cost_slots ({_NAMES})
    SELECT dimension, :seconds, start / :seconds * :seconds, purpose, model, exam_id, user_id, {_ADDED}
    FROM ai_cost_slots WHERE dimension = :dimension AND seconds = {_SHORTEST} GROUP BY 1, 2, 3, 4, 5, 6, 7
"""


def make(database: LibsqlDatabase) -> None:
    """Of all calls that are there. `growth_service.rebuild` counts the same in pages, each length from the calls."""
    for dimension in DIMENSIONS:
        database.execute_sql(_OF_CALLS, {"dimension": dimension})
        for seconds in _LONGER:
            database.execute_sql(_OF_SLOTS, {"dimension": dimension, "seconds": seconds})
