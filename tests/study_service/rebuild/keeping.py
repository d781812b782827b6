"""What moderators do meanwhile in the random run: edits, reviews, edits of a model that wait, imports."""

import json
import random
from typing import Any

from tests.study_service.conftest import BANK, patch, post_file, review_version
from tests.study_service.rebuild.learning import World


def edit(world: World, user: int, dice: random.Random) -> None:
    """Another text or key, which is a new version, or something that is only said about the question."""
    question = dice.choice(sorted(world.questions))
    body: dict[str, Any] = dice.choice(
        (
            {"explanation": world.next("why")},
            {"difficulty": dice.randrange(1, 6)},
            {"tags": dice.choice(([], ["layer 3"], ["layer 3", "ip"]))},
            {"objectiveId": dice.choice((1, 2))},
            {"text": world.next("Text")},
            {"answers": _other_key(world, question, dice)},
        )
    )
    if world.questions[question]["exam_id"] != 1:
        body.pop("objectiveId", None)
    if body and (body != {"answers": None}):
        response = patch(world.people[3], question, **body)
        assert response.status_code == 200, (body, response.json)
        world.look()


def _other_key(world: World, question: int, dice: random.Random) -> list[dict[str, Any]] | None:
    """The same options, and another of them is right."""
    kind, options = world.keys[question, world.questions[question]["version"]]
    if kind not in ("multiple_choice", "true_false"):
        return None
    right = dice.choice([option["id"] for option in options])
    return [{"id": option["id"], "text": option["text"], "isCorrect": option["id"] == right} for option in options]


def propose(world: World, user: int, dice: random.Random) -> None:
    """An edit of a model waits, then a moderator takes it or not."""
    question = dice.choice(sorted(world.questions))
    response = patch(world.people[3], question, text=world.next("Better"), aiModel="gpt-4o-mini")
    assert response.status_code == 202, response.json
    version = response.json["version"]
    if dice.random() < 0.8:
        world.look()
        status = dice.choice(("approved", "approved", "rejected"))
        response = review_version(world.people[3], question, version, status)
        assert response.status_code == 200, response.json
    world.look()


def review(world: World, user: int, dice: random.Random) -> None:
    """A question is taken back, or may be asked again."""
    away = [n for n, one in world.questions.items() if not one["is_asked"]]
    if len(away) > 3 or (away and dice.random() < 0.5):
        question, status = dice.choice(away), "approved"
    else:
        question, status = dice.choice(sorted(world.questions)), dice.choice(("rejected", "needs_revision"))
    response = world.people[3].put(f"/api/questions/{question}/review", json={"status": status})
    assert response.status_code == 200, response.json
    world.look()


def import_again(world: World, user: int, dice: random.Random) -> None:
    """The bank once more, with another key, another explanation or a new question."""
    bank = json.loads(json.dumps(BANK))
    one = dice.choice(bank["questions"][:12])
    match dice.randrange(3):
        case 0:
            one["correctAnswer"] = [dice.randrange(4)]
        case 1:
            one["explanation"] = world.next("why")
        case 2:
            bank["questions"].append(one | {"questionText": world.next("Imported")})
    query = f"format=pingtopass&reviewStatus={dice.choice(('approved', 'pending'))}&partial=true"
    response = post_file(world.people[4], bank, query)
    assert response.status_code == 200, response.json
    world.look()
