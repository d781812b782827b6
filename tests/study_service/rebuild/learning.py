"""What the two learners of the random run do: each step calls the service, and tells the model of it."""

import datetime as dt
import json
import random
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from tests.conftest import caught_up
from tests.study_service.conftest import rows
from tests.study_service.rebuild import choices
from tests.study_service.rebuild.model import OLDEST, Given, Model, Session, Test

MODES = ("practice", "review", "speed_drill", "weak_areas", "custom", "adaptive")
ZONES = ("UTC", "Europe/Berlin", "Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu")


@dataclass
class World:
    """The service, its people by their ids, its database, and the model."""

    people: dict[int, FlaskClient]
    database: LibsqlDatabase
    model: Model = field(default_factory=Model)
    questions: dict[int, dict[str, Any]] = field(default_factory=dict)
    keys: dict[tuple[int, int], tuple[str, choices.Options]] = field(default_factory=dict)
    serial: int = 0
    operations: dict[str, int] = field(default_factory=dict)

    def look(self) -> None:
        """The bank as it is now, which others change."""
        caught_up()
        columns = "id, exam_id, objective_id, version, review_status = 'approved' AND is_active AS is_asked"
        self.questions = {one["id"]: one for one in rows(self.database, f"SELECT {columns} FROM questions")}
        listed = rows(self.database, "SELECT question_id, version, type, answers FROM question_versions")
        for one in listed:
            self.keys[one["question_id"], one["version"]] = (one["type"], json.loads(one["answers"]))

    def next(self, name: str) -> str:
        self.serial += 1
        return f"{name}-{self.serial}"

    def choice(self, question: int, version: int, dice: random.Random) -> tuple[Any, bool]:
        """An answer, and whether it is right."""
        kind, options = self.keys[question, version]
        if dice.random() < 0.6:
            return choices.right(kind, options), True
        return choices.wrong(kind, options, dice), False


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def answer(world: World, user: int, dice: random.Random) -> None:
    """One answer outside of sessions; sometimes it is sent twice by its key."""
    question = dice.choice(sorted(world.questions))
    version = world.questions[question]["version"]
    selected, is_right = world.choice(question, version, dice)
    _post(world, user, dice, question, version, selected, is_right, None, _expected(world, user, question))


def _expected(world: World, user: int, question: int) -> int:
    if not world.questions[question]["is_asked"]:
        return 404
    return 409 if question in world.model.running(user) else 200


def _post(
    world: World, user: int, dice: random.Random, question: int, version: int, selected: Any, is_right: bool,
    session: int | None, expected: int,
) -> None:  # fmt: skip
    model, confidence = world.model, dice.choice((None, None, 1, 3, 5))
    body = {
        "questionId": question, "selectedAnswer": selected, "timeSpentSeconds": dice.randrange(90),
        "studySessionId": session, "confidenceLevel": confidence,
    }  # fmt: skip
    key = world.next("key")
    sent = [
        world.people[user].post("/api/study/answer", json=body, headers={"Idempotency-Key": key})
        for _ in range(dice.choice((1, 1, 1, 2)))
    ]
    assert [response.status_code for response in sent] == [expected] * len(sent), (body, sent[0].json)
    if expected != 200:
        return
    assert sent[0].json == sent[-1].json
    assert sent[0].json["result"]["isCorrect"] == is_right, (body, world.keys[question, version])
    exam = world.questions[question]["exam_id"]
    seconds = body["timeSpentSeconds"]
    model.answers.append(
        Given(user, question, version, exam, is_right, seconds, model.day(user, now()), session, None, confidence)
    )
    if session is not None:
        model.sessions[session].answered.append(is_right)
        model.sessions[session].questions.add(question)


def start_session(world: World, user: int, dice: random.Random) -> None:
    mode = dice.choice(MODES)
    body: dict[str, Any] = {"examId": dice.choice((1, 1, 1, 2)), "mode": mode, "questionCount": dice.randrange(2, 9)}
    if mode == "speed_drill":
        body["timeBoxSeconds"] = 4 * 3600
    if dice.random() < 0.2:
        body["only"] = dice.choice(("bookmarked", "missed"))
    if dice.random() < 0.2:
        body["tags"] = ["layer 3"]
    if dice.random() < 0.2:
        body["difficulty"] = {"min": dice.randrange(1, 4)}
    body["excludeRecentHours"] = dice.choice((0, 0, 0, 24))
    response = world.people[user].post("/api/study/sessions", json=body)
    assert response.status_code in (201, 409), response.json
    if response.status_code == 201:
        world.model.settle(user)
        world.model.sessions[response.json["id"]] = Session(user, len(world.model.answers))


def _mine(world: World, user: int, *statuses: str) -> list[int]:
    return [n for n, one in world.model.sessions.items() if one.user == user and one.status in statuses]


def _places(world: World, session: int) -> list[tuple[int, int]]:
    """The questions of a session that are not answered yet, with the versions that it was given."""
    caught_up()
    sql = """
        SELECT w.value AS question, v.value AS version FROM study_sessions s, json_each(s.question_ids) w
        JOIN json_each(s.question_versions) v ON v.key = w.key WHERE s.id = ?
    """
    done = world.model.sessions[session].questions
    listed = rows(world.database, sql, session)
    return [(one["question"], one["version"]) for one in listed if one["question"] not in done]


def answer_in_session(world: World, user: int, dice: random.Random) -> None:
    """An answer to a question of a session in whatever state; sometimes of one that has ended itself."""
    mine = _mine(world, user, "active") or _mine(world, user, "paused", "completed", "abandoned")
    if not mine:
        return start_session(world, user, dice)
    session = dice.choice(mine[-4:])
    one = world.model.sessions[session]
    places = _places(world, session)
    if not places:
        return move(world, user, dice)
    question, version = dice.choice(places)
    if one.due:
        world.model.settle(user)
    free = one.status == "active" and not world.model.told(session, question)
    expected = 200 if free and question not in world.model.running(user) else 409
    selected, is_right = world.choice(question, version, dice)
    return _post(world, user, dice, question, version, selected, is_right, session, expected)


def move(world: World, user: int, dice: random.Random) -> None:
    """Pause, resume, complete or abandon a session."""
    mine = _mine(world, user, "active", "paused") or _mine(world, user, "completed", "abandoned")
    if not mine:
        return start_session(world, user, dice)
    session = dice.choice(mine)
    one = world.model.sessions[session]
    verb = dice.choice(("pause", "resume", "resume", "complete", "abandon"))
    if one.due:
        world.model.settle(user)
    before = {"pause": ("active",), "resume": ("paused",)}.get(verb, ("active", "paused"))
    response = world.people[user].post(f"/api/study/sessions/{session}/{verb}", json={})
    assert response.status_code == (200 if one.status in before else 409), (verb, one, response.json)
    if response.status_code == 200:
        one.status = {"pause": "paused", "resume": "active", "complete": "completed", "abandon": "abandoned"}[verb]
    return None


def leave(world: World, user: int, dice: random.Random) -> None:
    """Nobody touches a session for three hours."""
    if mine := _mine(world, user, "active"):
        session = dice.choice(mine)
        world.database.batch(
            [Statement("UPDATE study_sessions SET last_activity = last_activity - 10800 WHERE id = ?", (session,))]
        )
        world.model.sessions[session].due = True


def send_offline(world: World, user: int, dice: random.Random) -> None:
    """Answers with past times and lying clocks; some in a session, some twice, some wrong."""
    model, moment = world.model, now()
    questions = dice.sample(sorted(world.questions), min(len(world.questions), dice.randrange(1, 6)))
    mine = [n for n in _mine(world, user, "active") if not model.sessions[n].due]
    session = dice.choice(mine) if mine and dice.random() < 0.3 else None
    versions = {question: world.questions[question]["version"] for question in questions}
    if session is not None:
        versions = dict(_places(world, session)[:3])
    items, expected = [], {}
    for question, version in versions.items():
        back = 0.0 if session else dice.choice((-9e6, -30.0, 0.5, 3600.0, dice.random() * 3e6, 4e6, 1.5e9))
        at = moment - dt.timedelta(seconds=back)
        selected, is_right = world.choice(question, version, dice)
        if dice.random() < 0.1 and world.keys[question, version][0] == "multiple_choice":
            selected, is_right = "no such option", None
        item = {
            "clientId": world.next("phone"), "answeredAt": at.isoformat(), "questionId": question,
            "selectedAnswer": selected, "timeSpentSeconds": dice.randrange(90), "studySessionId": session,
        }  # fmt: skip
        items.append(item)
        expected[item["clientId"]] = (at, is_right, version)
    if not items:
        return
    sent = dice.sample([*items, *items[: dice.randrange(2)]], k=len(items))
    free = {
        item["clientId"]: expected[item["clientId"]][1] is not None and (
            _expected(world, user, item["questionId"]) == 200 if session is None
            else item["questionId"] not in model.running(user) and not model.told(session, item["questionId"]))
        for item in sent
    }  # fmt: skip
    for again in range(dice.choice((1, 1, 2))):
        response = world.people[user].post("/api/study/answers", json={"answers": sent})
        assert response.status_code == 200, response.json
        for item, outcome in zip(sent, response.json["answers"], strict=True):
            wanted = {"recorded", "replayed"} if free[item["clientId"]] and not again else {"replayed"}
            assert outcome["status"] in (wanted if free[item["clientId"]] else {"refused"}), (item, outcome, session)
    kept: set[str] = set()
    for item in sorted(sent, key=lambda one: one["answeredAt"]):
        if not free[item["clientId"]] or item["clientId"] in kept:
            continue
        kept.add(item["clientId"])
        at, is_right, version = expected[item["clientId"]]
        day = model.day(user, min(max(at, moment - OLDEST), now()))
        exam = world.questions[item["questionId"]]["exam_id"]
        model.answers.append(
            Given(user, item["questionId"], version, exam, is_right, item["timeSpentSeconds"], day, session)
        )
        if session is not None:
            model.sessions[session].answered.append(is_right)
            model.sessions[session].questions.add(item["questionId"])


def mark(world: World, user: int, dice: random.Random) -> None:
    """Put a bookmark, or take it away."""
    question = dice.choice(sorted(world.questions))
    path, there = f"/api/questions/{question}/bookmark", (user, question)
    if dice.random() < 0.6:
        response = world.people[user].put(path)
        assert response.status_code == (200 if world.questions[question]["is_asked"] else 404)
        if response.status_code == 200:
            world.model.bookmarks.add(there)
    else:
        assert world.people[user].delete(path).status_code == 204
        world.model.bookmarks.discard(there)


def travel(world: World, user: int, dice: random.Random) -> None:
    """Another time zone, and whether the profile is shared."""
    zone = dice.choice(ZONES)
    body = {"timezone": zone, "shareProfile": dice.random() < 0.5}
    assert world.people[user].patch("/api/auth/me", json=body).status_code == 200
    world.model.zones[user] = zone


def start_test(world: World, user: int, dice: random.Random) -> None:
    exam = dice.choice((1, 1, 1, 2))
    body = {"examId": exam, "questionCount": dice.randrange(1, 8), "timeLimitMinutes": 60}
    response = world.people[user].post("/api/tests", json=body)
    runs = any(t.user == user and t.exam == exam and t.status == "in_progress" for t in world.model.tests.values())
    asked = any(q["is_asked"] and q["exam_id"] == exam for q in world.questions.values())
    assert response.status_code == (200 if runs else 201 if asked else 409), response.json
    if response.status_code == 201:
        caught_up()
        (row,) = rows(
            world.database,
            "SELECT question_ids AS ids, question_versions AS versions, passing_score FROM test_attempts WHERE id = ?",
            response.json["id"],
        )
        questions = dict(zip(json.loads(row["ids"]), json.loads(row["versions"]), strict=True))
        world.model.tests[response.json["id"]] = Test(user, exam, row["passing_score"], questions)
