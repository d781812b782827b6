"""The state machine of an opportunity: a step as SQL, with its line in the audit log."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import Statement


@dataclass(frozen=True, slots=True)
class Move:
    """A step of the state machine, in SQL.

    `only_if` is the condition on the row before the step; `becomes` the state after it, `also` further columns that it
    sets; `old` and `new` are the values for the audit log. `done` is true after the step was taken; it may also be true
    where an earlier request has taken it. `refused` is the message where it is not true.
    """

    action: str
    only_if: str
    becomes: str
    refused: str
    also: str = ""
    old: str = "json_object('status', status)"
    new: str = "json_object('status', '{becomes}')"
    done: str = "changes() = 1"


def steps(to: Move, actor: Actor, which: str, values: Mapping[str, object]) -> list[Statement]:
    """The audit log and the change, for the opportunities that match the SQL `which`, by id, and may take the step.

    The + keeps the engine from looking through all opportunities in a state, where an index of states would let it.
    """
    where = f"WHERE {which} AND +({to.only_if})"
    new = to.new.format(becomes=to.becomes)
    logged = f"SELECT id, {to.old} AS old, {new} AS new FROM engagement_opportunities {where}"
    change = f"UPDATE engagement_opportunities SET status = '{to.becomes}', updated_at = unixepoch(){to.also} {where}"
    return [audit.entries(actor, f"opportunity.{to.action}", "opportunity", logged, values), Statement(change, values)]
