"""What happens in timed tests of the random run: saves, the end by its learner or by the clock, more time, regrades."""

import random

from shared_schema.database import Statement
from tests.study_service.rebuild import choices
from tests.study_service.rebuild.learning import World, now, start_test
from tests.study_service.rebuild.model import Given, Test


def _running(world: World, user: int) -> list[int]:
    return [n for n, test in world.model.tests.items() if test.user == user and test.status == "in_progress"]


def save(world: World, user: int, dice: random.Random) -> None:
    """A choice, a flag or a choice taken back; sometimes one that was overtaken by a later one."""
    if not (mine := _running(world, user)):
        return start_test(world, user, dice)
    number = dice.choice(mine)
    test = world.model.tests[number]
    question = dice.choice(sorted(test.questions))
    selected, is_right = world.choice(question, test.questions[question], dice)
    if dice.random() < 0.1:
        selected = None
    seconds, latest = dice.randrange(90), test.sequence.get(question, 0)
    sequence = max(0, latest + dice.choice((1, 1, 1, 2, 0, -1)))
    body = {"selectedAnswer": selected, "timeSpentSeconds": seconds, "sequence": sequence}
    if dice.random() < 0.2:
        body["flagged"] = True
    response = world.people[user].put(f"/api/tests/{number}/answers/{question}", json=body)
    assert response.status_code == 200, response.json
    test.seconds[question] = max(seconds, test.seconds.get(question, 0))
    if question not in test.sequence or sequence > latest:
        test.sequence[question] = sequence
        test.chosen.pop(question, None)
        if selected is not None:
            test.chosen[question], test.right[question] = selected, is_right
    return None


def submit(world: World, user: int, dice: random.Random) -> None:
    """The end, once or twice."""
    if not (mine := _running(world, user)):
        return start_test(world, user, dice)
    number = dice.choice(mine)
    sent = [world.people[user].post(f"/api/tests/{number}/submit", json={}) for _ in range(dice.choice((1, 1, 2)))]
    assert {response.status_code for response in sent} == {200}, sent[0].json
    _ended(world, world.model.tests[number], number)
    shown = sent[-1].json
    assert (shown["correctCount"], shown["score"]) == (
        world.model.tests[number].results[-1][0],
        world.model.tests[number].score,
    )
    return None


def run_out(world: World, user: int, dice: random.Random) -> None:
    """The clock ends the test: a late save is refused, and whoever comes next ends it as it stood."""
    if not (mine := _running(world, user)):
        return start_test(world, user, dice)
    number = dice.choice(mine)
    late = f"UPDATE test_attempts SET started_at = started_at - {9 * 3600}, expires_at = expires_at - {9 * 3600}"
    world.database.batch([Statement(f"{late} WHERE id = ?", (number,))])
    test, me = world.model.tests[number], world.people[user]
    if dice.random() < 0.5:
        question = dice.choice(sorted(test.questions))
        selected, _ = world.choice(question, test.questions[question], dice)
        body = {"selectedAnswer": selected, "timeSpentSeconds": 1}
        response = me.put(f"/api/tests/{number}/answers/{question}", json=body)
        assert (response.status_code, response.json["code"]) == (409, "TIME_OVER")
    else:
        assert me.get(dice.choice((f"/api/tests/{number}", "/api/tests"))).status_code == 200
    _ended(world, test, number)
    return None


def _ended(world: World, test: Test, number: int) -> None:
    test.status = "completed"
    test.grade()
    model = world.model
    day = model.day(test.user, now())
    for question, version in test.questions.items():
        if question in test.chosen:
            seconds = test.seconds[question]
            model.answers.append(
                Given(test.user, question, version, test.exam, test.right[question], seconds, day, None, number)
            )


def give_time(world: World, user: int, dice: random.Random) -> None:
    """More time for a learner, or for a test that runs."""
    body = {"extraTimeFactor": dice.choice((1, 1.25, 1.5, 2))}
    mine = _running(world, user)
    if mine and dice.random() < 0.5:
        response = world.people[4].put(f"/api/tests/{dice.choice(mine)}/accommodation", json=body)
    else:
        response = world.people[4].put(f"/api/users/{user}/accommodations", json=body)
    assert response.status_code == 200, response.json


def regrade(world: World, user: int, dice: random.Random) -> None:
    """A test is graded again by the present keys; its answers stay what they were."""
    done = [n for n, test in world.model.tests.items() if test.status == "completed"]
    if not done:
        return save(world, user, dice)
    number = dice.choice(done)
    test = world.model.tests[number]
    response = world.people[4].post(f"/api/tests/{number}/regrade", json={})
    assert response.status_code == 201, response.json
    right = dict(test.right)
    for question, selected in test.chosen.items():
        present = world.questions[question]
        kind, options = world.keys[question, present["version"]]
        given_kind, _ = world.keys[question, test.questions[question]]
        if present["is_asked"] and kind == given_kind and choices.fits(kind, options, selected):
            test.right[question] = choices.is_right(kind, options, selected)
    test.grade()
    test.right = right
    return None
