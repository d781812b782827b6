"""Answers that were given offline, many in one request: each counts once, in the order in which it was given.

All go in one batch. Where that fails, because of somebody else's write since the read or of a row that cannot be used,
each half goes by itself, and so on: what is wrong with one answer holds up no other.
"""

from collections.abc import Sequence

import peewee

from shared_schema.database import Guard, Result, Statement, errors
from shared_schema.database.batch import Query
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, Problem
from shared_schema.tables import db
from study_service import answers, offline_decisions, offline_plan, plans, receipts, users
from study_service.answered import Answered
from study_service.memory import counting, restoring
from study_service.offline_decisions import Decision, Learner
from study_service.offline_plan import Item, Outcome, Wrong
from study_service.users import UserRow

_TRIES = 3
# Why a batch cannot be recorded as it is; each half is tried by itself.
_STOPPED = (Problem, plans.Full, peewee.IntegrityError, counting.Moved)
_KEEP = f"""
    INSERT INTO client_answers (user_id, client_id, digest, receipt)
    SELECT ?, ?, ?, receipt FROM (SELECT ({receipts.RECEIPT}) AS receipt)
"""
# The outcomes, with the receipts of what the steps before have recorded.
_OUTCOMES = """
    SELECT json_group_array(json(outcome)) FROM (
        SELECT CASE WHEN o.value->>'status' <> 'refused' AND o.value->'result' IS NULL THEN
            json_set(o.value, '$.result', json((
                SELECT receipt FROM client_answers WHERE user_id = ? AND client_id = o.value->>'client_id')))
            ELSE o.value END AS outcome
        FROM json_each(?) o ORDER BY o.key)
"""


def submit(learner: Learner, sent: Sequence[Item | Wrong], once: Once) -> Receipt:
    """Record a batch: one read and one batch of statements, unless that has to be done in parts.

    The receipt is a list of Outcome in the order of the request. An answer that is sent again with the same content is
    replayed, with its first result; with other content it is refused.
    """
    items = offline_plan.in_order(sent)
    (looked_up, remembered, *results) = db.fetch([once.lookup(), *_reads(learner, items)])
    if replay := once.replay(looked_up):
        return replay
    user, decided = offline_decisions.decide(learner, items, results)
    try:
        steps = _steps(learner, user, items, decided, remembered)
        outcomes = _outcomes(learner, sent, items, decided)
        return once.write(steps, _OUTCOMES, (learner.user_id, dumps(outcomes)), natural_key=True)
    except _STOPPED:
        (looked_up,) = db.fetch([once.lookup()], fresh=True)
        if replay := once.replay(looked_up):
            return replay
    parts = _in_parts(learner, items)
    return once.write([], "json(?)", (dumps(_outcomes(learner, sent, items, parts)),), natural_key=True)


def _reads(learner: Learner, items: Sequence[Item]) -> list[Query]:
    """What is remembered of the questions, then what the decisions need."""
    questions = [item.submission.question_id for item in items]
    return [counting.read(learner.user_id, questions), *offline_decisions.reads(learner, items)]


def _steps(
    learner: Learner, user: UserRow, items: Sequence[Item], decided: Sequence[Decision], remembered: Result | None
) -> list[Statement | Guard]:
    """The batch: each answer is counted in each noun, stored, and kept by its client id.

    With None it is not counted in what is remembered: that is for the caller to restore.
    """
    recorded = [(item, one) for item, one in zip(items, decided, strict=True) if isinstance(one, Answered)]
    given = [answer for _, answer in recorded]
    counted, zone = counting.NOTHING if remembered is None else counting.count(remembered, given), users.zone(user)
    steps = [*counted.steps]
    for item, answer in recorded:
        kept = (learner.user_id, item.client_id, item.digest, *receipts.values(answer, counted, zone))
        day = plans.count(user, learner.daily, learner.now, answer.day)
        steps += [*day, *answers.count(answer), Statement(_KEEP, kept)]
    return steps


def _outcomes(
    learner: Learner, sent: Sequence[Item | Wrong], items: Sequence[Item], decided: Sequence[Decision]
) -> list[Outcome]:
    """The outcome of each answer in the order of the request; those that are to be recorded have no result yet."""
    of = dict(zip((item.client_id for item in items), zip(items, decided, strict=True), strict=True))
    outcomes: list[Outcome] = []
    for one in sent:
        if isinstance(one, Wrong):
            outcomes.append(offline_decisions.refused(learner, one.client_id, one.problem))
            continue
        first, decision = of[one.client_id]
        if one.digest != first.digest:
            outcomes.append(offline_decisions.refused(learner, one.client_id, offline_plan.reused()))
        elif isinstance(decision, Answered):
            outcomes.append({"client_id": one.client_id, "status": "recorded" if one is first else "replayed"})
        elif decision["status"] == "recorded" and one is not first:
            outcomes.append({**decision, "status": "replayed"})
        else:
            outcomes.append(decision)
    return outcomes


def _in_parts(learner: Learner, items: Sequence[Item]) -> list[Outcome]:
    """The outcomes of answers whose common batch has failed: each half in a batch of its own, in their order."""
    if len(items) < 2:
        return [_alone(learner, item) for item in items]
    middle = len(items) // 2
    outcomes: list[Outcome] = []
    for half in (items[:middle], items[middle:]):
        try:
            outcomes += _together(learner, half)
        except _STOPPED:
            outcomes += _in_parts(learner, half)
    return outcomes


def _together(learner: Learner, items: Sequence[Item], *, remember: bool = True) -> list[Outcome]:
    """The outcomes of answers in one batch; raises what stops it."""
    remembered, *results = db.fetch(_reads(learner, items), fresh=True)
    user, decided = offline_decisions.decide(learner, items, results)
    steps = _steps(learner, user, items, decided, remembered if remember else None)
    outcomes = dumps(_outcomes(learner, items, items, decided))
    write = Once("").write(steps, _OUTCOMES, (learner.user_id, outcomes), natural_key=True)
    recorded: list[Outcome] = write.document
    return recorded


def _alone(learner: Learner, item: Item) -> Outcome:
    """The outcome of one answer, as `answers.submit` gives it."""
    for tries in range(_TRIES + 1):
        try:
            (outcome,) = _together(learner, [item], remember=tries < _TRIES)
            if tries == _TRIES:
                restoring.restore(learner.user_id, [item.submission.question_id])
            return outcome
        except Problem as problem:
            return offline_decisions.refused(learner, item.client_id, problem)
        except peewee.IntegrityError as error:
            if not errors.is_unique(error, "client_answers", "user_id", "client_id") and not errors.is_unique(
                error, "user_answers", "study_session_id", "question_id"
            ):
                raise
        except (plans.Full, counting.Moved):
            pass
        # Somebody else has written since the read; the next one finds it.
    return offline_decisions.refused(learner, item.client_id, Conflict("too much was written at once: send it again"))
