"""What the growth tables have of one person: `python -m growth_service.personal export USER_ID`, or `erase`."""

from shared_schema import audit, personal
from shared_schema.audit import Actor
from shared_schema.database import Statement
from shared_schema.personal import Part
from shared_schema.tables import db

_SPENT = "start, seconds, generations, cost_usd, cost_nanousd, start * 10000000 + seconds AS id"
PARTS = (
    Part("ai_generation_log", "user_id = :user"),
    Part("ai_cost_slots", "dimension = 'user' AND user_id = :user", _SPENT),
)

_LEFT = "user_id = :user AND coalesce(ip_address, user_agent) IS NOT NULL"
_LOGGED = f"SELECT :user AS id, NULL AS old, NULL AS new WHERE EXISTS (SELECT 1 FROM ai_generation_log WHERE {_LEFT})"
_EMPTY = f"UPDATE ai_generation_log SET ip_address = NULL, user_agent = NULL WHERE {_LEFT}"


def erase(user_id: int, actor: Actor) -> dict[str, int]:
    """Empty the addresses and programs in the ledger. Calls and costs stay, under the number of the user."""
    who = {"user": user_id}
    log = audit.entries(actor, "user.erase_from_growth", "user", _LOGGED, who)
    _, emptied = db.batch([log, Statement(_EMPTY, who)], idempotent=True)
    return {"ai_generation_log": emptied.count} if emptied.count else {}


if __name__ == "__main__":
    personal.command("growth", PARTS, erase)()
