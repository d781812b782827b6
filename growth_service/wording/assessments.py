"""How a draft sounds, before anybody decides about it."""

from typing import TypedDict

from growth_service.wording import consistency, voices
from growth_service.wording.reasons import Reason
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict
from shared_schema.tables import db


class Assessed(TypedDict):
    """The score of a draft, and the version of the profile that it was held against."""

    profile_id: int
    version: int
    score: float
    reasons: list[Reason]


def assess(profile_id: int, text: str, once: Once) -> Receipt:
    """How well a draft keeps to a profile, from 0 to 1. The receipt is an Assessed.

    Nothing is written but the receipt of a key, so that a repeat is answered the same after the profile has changed.
    NotFound without the profile, Conflict where it says nothing that a draft could be held against.
    """
    earlier, profile = db.fetch([once.lookup(), voices.select(profile_id)])
    if receipt := once.replay(earlier):
        return receipt
    voice = voices.one(profile)
    scored = consistency.score(text, voice)
    if not scored.is_known:
        raise Conflict("this profile says nothing that a draft can be held against: give it examples, words or a tone")
    assessed: Assessed = {
        "profile_id": profile_id,
        "version": voice["version"],
        "score": scored.score,
        "reasons": scored.reasons,
    }
    return Receipt(assessed, replayed=False) if once.key is None else once.write([], "SELECT ?", (dumps(assessed),))
