"""The weights of learners: fitted to the answers of each who has enough of them, and kept where they are better."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared_schema.database import Statement
from shared_schema.tables import db
from study_service.memory import fitting, history, model, restoring
from study_service.memory.fitting import Fit
from study_service.memory.model import ALGORITHM

_ENOUGH = f"""
    SELECT id FROM (
        SELECT u.id, (SELECT count(*) FROM user_answers a WHERE a.user_id = u.id) AS answers,
            CASE WHEN w.algorithm = {ALGORITHM} THEN w.reviews END AS fitted
        FROM users u LEFT JOIN memory_weights w ON w.user_id = u.id
        WHERE u.id > :after ORDER BY u.id LIMIT 1000)
    WHERE answers >= {fitting.LEAST} AND answers IS NOT fitted
"""
_END = "SELECT max(id) FROM (SELECT id FROM users WHERE id > :after ORDER BY id LIMIT 1000)"
# Another number with every change, so that it is known what was computed with which weights.
_STORE = """
    INSERT INTO memory_weights (
        user_id, number, algorithm, weights, reviews, default_log_loss, fitted_log_loss, fitted_at)
    VALUES (:user, :weights IS NOT NULL, :algorithm, :weights, :reviews, :default, :fitted, unixepoch())
    ON CONFLICT (user_id) DO UPDATE SET
        number = number + (weights IS NOT excluded.weights OR algorithm <> excluded.algorithm),
        algorithm = excluded.algorithm, weights = excluded.weights, reviews = excluded.reviews,
        default_log_loss = excluded.default_log_loss, fitted_log_loss = excluded.fitted_log_loss,
        fitted_at = excluded.fitted_at
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a learner's fit; None where there are too few answers."""

    user_id: int
    answers: int
    fit: Fit | None


def of_everybody(*, dry: bool) -> Iterator[Outcome]:
    """Fit to each learner with enough answers, of which some are newer than the last fit."""
    after = -1
    while (upto := db.fetch([Statement(_END, {"after": after})], fresh=True)[0].value_or_none(int)) is not None:
        for row in db.fetch([Statement(_ENOUGH, {"after": after})], fresh=True)[0].rows:
            yield of_learner(row["id"], dry=dry)
        after = upto


def of_learner(user_id: int, *, dry: bool) -> Outcome:
    """Fit to the answers of a learner, keep the weights if they are better, and compute by them what is remembered.

    Where they are not, the default weights count again. `dry` changes nothing.
    """
    answers = history.of_learner(user_id)
    fit, count = fitting.fit(answers), sum(map(len, answers.values()))
    if fit is not None and not dry:
        db.batch([_store(user_id, fit, count)])
        restoring.learner(user_id)
    return Outcome(user_id, count, fit)


def _store(user_id: int, fit: Fit, answers: int) -> Statement:
    values = {
        "user": user_id,
        "algorithm": ALGORITHM,
        "weights": model.text(fit.weights) if fit.is_better else None,
        "reviews": answers,
        "default": fit.default_log_loss,
        "fitted": fit.fitted_log_loss,
    }
    return Statement(_STORE, values)
