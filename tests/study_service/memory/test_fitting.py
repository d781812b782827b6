"""Weights are fitted to a learner's answers, and kept only where they foretell later ones better."""

import json
import math
import random
from typing import Any

import pytest
from click.testing import CliRunner
from fsrs import Rating

from shared_schema.database import LibsqlDatabase, Statement
from study_service.memory import fitting, model, restoring, weights
from study_service.memory.__main__ import main
from study_service.memory.model import Review
from tests.study_service.conftest import rows
from tests.study_service.memory.remembered import DAY, differing

BEGAN = 1_750_000_000
# Of somebody who hardly learns by repeating, and forgets fast.
FORGETFUL = [*model.scheduler(None).parameters]
FORGETFUL[2], FORGETFUL[8], FORGETFUL[20] = 0.8, 0.2, 0.5
CARDS = 80
GOOD, AGAIN = Rating.Good, Rating.Again
Made = dict[int, list[Review]]


def learned(seed: int, cards: int, by: list[float] | None, each: int = 12) -> Made:
    """Answers of somebody whose memory has these weights, by FSRS itself: at random times, right by chance."""
    dice, made = random.Random(seed), {}
    truth = model.scheduler(None if by is None else model.text(model.bounded(by)))
    for number in range(cards):
        at, memory, reviews = BEGAN + dice.randrange(30 * DAY), None, []
        for _ in range(each):
            chance = model.retrievability(memory.stability, memory.last_review_at, at, truth) if memory else 0.6
            review = Review(at, Rating.Good if dice.random() < chance else Rating.Again)
            memory = model.after(memory, review, truth)
            reviews.append(review)
            at += dice.choice((60, DAY, 2 * DAY, 5 * DAY, 9 * DAY, 20 * DAY))
        made[number] = reviews
    return made


def forgetful(seed: int, cards: int) -> Made:
    return learned(seed, cards, FORGETFUL)


def test_a_learner_who_forgets_sooner_gets_weights_of_her_own() -> None:
    fit = fitting.fit(forgetful(1, 80))
    assert fit is not None
    assert fit.is_better
    assert fit.fitted_log_loss < fit.default_log_loss - 0.01
    assert model.scheduler(model.text(fit.weights)).parameters == tuple(fit.weights)
    assert fit.weights[2] < model.scheduler(None).parameters[2]


def test_the_losses_are_those_of_the_later_answers_alone() -> None:
    """By hand: the mean of -ln of the chance of what happened, over answers a day after another, from the cut on."""
    answers = {
        1: [
            Review(0, Rating.Good),
            Review(60, Rating.Again),
            Review(3 * DAY, Rating.Good),
            Review(9 * DAY, Rating.Again),
        ],
        2: [Review(0, Rating.Again), Review(8 * DAY, Rating.Good), Review(8 * DAY + 60, Rating.Again)],
    }
    fsrs = model.scheduler(None)
    assert [later.at for _, later in fitting.counted(answers)] == [3 * DAY, 9 * DAY, 8 * DAY]
    first = model.replay(answers[1][:3], fsrs)
    second = model.replay(answers[2][:1], fsrs)
    wrong = 1 - model.retrievability(first.stability, 3 * DAY, 9 * DAY, fsrs)
    right = model.retrievability(second.stability, 0, 8 * DAY, fsrs)
    assert fitting.log_loss(answers, fsrs, 4 * DAY) == pytest.approx(
        -(math.log(wrong) + math.log(right)) / 2, abs=1e-12
    )


def test_the_later_two_fifths_are_never_fitted_to() -> None:
    """Whatever happens in them, the weights are the same."""
    answers = forgetful(2, 60)
    later = sorted(one.at for _, one in fitting.counted(answers))
    cut = later[int(len(later) * 0.6)]
    other = {
        number: [one if one.at < cut else Review(one.at, Rating.Again) for one in reviews]
        for number, reviews in answers.items()
    }
    fit, changed = fitting.fit(answers), fitting.fit(other)
    assert fit is not None
    assert changed is not None
    assert fit.weights == changed.weights
    assert fit.default_log_loss != changed.default_log_loss


def test_fewer_than_four_hundred_answers_are_too_few() -> None:
    answers = forgetful(3, 60)
    counted = sum(1 for _ in fitting.counted(answers))
    assert counted > fitting.LEAST == 400
    least: Made = {}
    for number, reviews in answers.items():
        if sum(1 for _ in fitting.counted(least)) < 380:
            least[number] = reviews
    assert fitting.fit(least) is None


def give(database: LibsqlDatabase, user: int, answers: Made) -> None:
    """Store these answers to the questions of the bank, as one that were given."""
    store = (
        "INSERT INTO user_answers (user_id, question_id, selected_answer, is_correct, answered_at, attempt_number)"
        " SELECT ?, value->>0, 'a', value->>1, value->>2, key + 1 FROM json_each(?)"
    )
    listed = [[1 + n, int(one.grade > 1), one.at] for n, reviews in answers.items() for one in reviews]
    database.batch([Statement(store, (user, json.dumps(listed)))])


@pytest.fixture
def histories(bank: dict[str, Any], database: LibsqlDatabase) -> None:
    """Alice forgets fast; Bob answers as FSRS foretells, so there is nothing to fit; Mo has answered too little."""
    more = (
        "INSERT INTO questions (exam_id, objective_id, text, answers)"
        " WITH n AS (SELECT 15 AS id UNION ALL SELECT id + 1 FROM n WHERE id < 80) SELECT 1, 1, id, '[]' FROM n"
    )
    database.batch([Statement(more)])
    give(database, 1, forgetful(1, CARDS))
    give(database, 2, learned(BOB, CARDS, None))
    give(database, 3, learned(7, CARDS, None, each=2))
    assert dict(restoring.everybody()) == {1: CARDS, 2: CARDS, 3: CARDS}


BOB = 6  # a seed with which the default weights are better by chance


def kept(database: LibsqlDatabase) -> list[dict[str, Any]]:
    return rows(
        database,
        "SELECT user_id AS user, number, weights IS NOT NULL AS own, reviews, algorithm FROM memory_weights ORDER BY 1",
    )


@pytest.mark.only("file")
def test_the_command_keeps_only_what_beats_the_default(
    histories: None, database: LibsqlDatabase, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def command(*arguments: str) -> list[str]:
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output
        return result.output.splitlines()

    monkeypatch.setenv("TURSO_DATABASE_URL", settings.url)
    before = rows(database, "SELECT * FROM memory_states")
    dry = command("fit", "--dry-run")
    assert [(line.split(",")[0], line.split(": ")[-1]) for line in dry] == [
        ("learner 1: 960 answers", "kept"), ("learner 2: 960 answers", "not kept")
    ]  # fmt: skip
    assert (kept(database), rows(database, "SELECT * FROM memory_states")) == ([], before)
    assert command("fit", "--learner", "3") == [
        "learner 3: 160 answers, fewer than 400 of them a day after another: not fitted"
    ]
    assert command("fit") == dry
    assert kept(database) == [
        {"user": 1, "number": 1, "own": 1, "reviews": 960, "algorithm": model.ALGORITHM},
        {"user": 2, "number": 0, "own": 0, "reviews": 960, "algorithm": model.ALGORITHM},
    ]
    after = rows(database, "SELECT user_id, weights, count(*) AS n FROM memory_states GROUP BY 1, 2 ORDER BY 1")
    assert after == [
        {"user_id": user, "weights": number, "n": CARDS} for user, number in ((1, 1), (2, 0), (3, 0))
    ]  # fmt: skip
    assert differing() == []
    assert command("fit") == []  # nobody has answered since
    assert command("rebuild") == ["0 questions replayed"]
    database.batch([Statement("DELETE FROM memory_states WHERE user_id = 2 AND question_id < 4")])
    assert command("rebuild") == ["learner 2: 3 questions", "3 questions replayed"]
    assert differing() == []
    unknown = CliRunner().invoke(main, ["fit", "--learner", "99"])
    assert (unknown.exit_code, unknown.output) == (1, "Error: there is no user 99\n")


def test_weights_that_are_no_better_any_more_are_given_up(histories: None, database: LibsqlDatabase) -> None:
    """With another number, so that what was computed with them is computed anew."""
    own = model.text([1.0, *model.scheduler(None).parameters[1:]])
    sql = "INSERT INTO memory_weights (user_id, number, algorithm, weights) VALUES (2, 4, 1, ?)"
    database.batch([Statement(sql, (own,))])
    restoring.learner(2)
    outcome = weights.of_learner(2, dry=False)
    assert outcome.fit is not None
    assert not outcome.fit.is_better
    assert [(one["number"], one["own"]) for one in kept(database)] == [(5, 0)]
    assert rows(database, "SELECT DISTINCT weights FROM memory_states WHERE user_id = 2") == [{"weights": 5}]
    assert differing() == []
    again = weights.of_learner(2, dry=False)
    assert (again, [one["number"] for one in kept(database)]) == (outcome, [5])
