"""What became of a request, by its Idempotency-Key: carried out, or not, or too long ago to tell."""

from dataclasses import dataclass
from typing import Any

from shared_schema import kept
from shared_schema.database import Statement
from shared_schema.idempotency import Once
from shared_schema.kept import KEPT_S, Kept
from shared_schema.problems import Forgotten, NeverHappened
from shared_schema.tables import db

_HAS_LOST_KEYS = "SELECT EXISTS (SELECT 1 FROM forgotten_keys WHERE subject IN (:subject, :before))"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A request that was carried out: the view that answered it, empty for one of a release before, and its receipt."""

    endpoint: str
    document: Any


def of(once: Once, sent_s_ago: int | None) -> Outcome:
    """What a request with this key of this caller has done.

    Keys are kept for KEPT_S. NeverHappened for an unknown key that was sent since then; Forgotten for one that was sent
    before. Where the caller does not say when that was, an unknown key may be an old one as soon as keys of this
    caller have been deleted for their age.
    """
    who = {"subject": once.subject, "before": once.subject_before}
    looked_up, lost = db.fetch([once.lookup(), Statement(_HAS_LOST_KEYS, who)], fresh=True)
    row = looked_up.first(Kept)
    if row is not None and row["is_old"]:
        raise _forgotten()
    if row is not None:
        return Outcome(row["endpoint"] or "", kept.document(row))
    if sent_s_ago is None and lost.value(int):
        raise Forgotten("keys are kept for two days: say in sentSecondsAgo how long ago this one was sent")
    if sent_s_ago is not None and sent_s_ago > KEPT_S:
        raise _forgotten()
    raise NeverHappened("no request with this key was carried out; one that is still under way may be. Send it again")


def _forgotten() -> Forgotten:
    return Forgotten("keys are kept for two days, and this one is older")
