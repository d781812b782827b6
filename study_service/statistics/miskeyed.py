"""Is the key wrong? Where it is, those who know the subject choose another option than the key has.

The signs are those of distractor analysis (Haladyna, Developing and Validating Multiple-Choice Test Items, 2004,
chapter 9): a wrong option that attracts better learners than the right one. "Better" is measured by the other
questions. It is a suspicion and no proof: a question may also be ambiguous, or a trap.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from study_service.statistics.options import Group

LEARNERS = 10  # fewer tell nothing
SURE = 1.64  # of `z`: one-sided, five per cent
_NOBODY, _NEARLY_ALL = 0.1, 0.6


@dataclass(frozen=True, slots=True)
class Suspicion:
    """`doubt` orders suspicions: the greater, the more there is to it."""

    doubt: float
    reason: str


def suspicion(right: Group, wrong: Mapping[str, Group], learners: int) -> Suspicion | None:
    """Whether the key of an item is in doubt. `right` are those who answered it right, `wrong` those who chose each
    wrong option, by the option's text.
    """
    if learners < LEARNERS or not wrong:
        return None
    text, rival = max(wrong.items(), key=lambda entry: (entry[1].z, entry[1].learners))
    if rival.rest is not None and rival.rest > (right.rest or 0.0) and rival.z > 0:
        if rival.learners > right.learners and rival.z > SURE:
            return Suspicion(rival.z - right.z, f"{_chose(rival, right, learners, text)}, and {_better(rival, right)}")
        if right.z < -SURE:
            return Suspicion(
                rival.z - right.z,
                f"learners who did well in the other questions tend to choose {text!r} instead of the key: "
                + _better(rival, right),
            )
    text, rival = max(wrong.items(), key=lambda entry: entry[1].learners)
    if right.learners <= _NOBODY * learners and rival.learners >= _NEARLY_ALL * learners and rival.z > -SURE:
        return Suspicion(rival.learners / learners, _chose(rival, right, learners, text))
    return None


def _chose(rival: Group, right: Group, learners: int, text: str) -> str:
    return f"{rival.learners} of {learners} learners chose {text!r}, {right.learners or 'nobody'} the key"


def _better(rival: Group, right: Group) -> str:
    did = f"got {_percent(rival.rest)} of the other questions right"
    return f"they {did}" + (f", those with the key {_percent(right.rest)}" if right.rest is not None else "")


def _percent(share: float | None) -> str:
    return f"{100 * (share or 0):.0f} %"
