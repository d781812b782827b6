"""A person asks for what there is about them, and to be forgotten: an operator's command for each owner of tables."""

import itertools
import json
import subprocess
import sys
import time
from collections import Counter
from typing import Any

import pytest
from flask.testing import FlaskClient

import growth_service.personal
import study_service.personal
from shared_schema import audit, personal
from shared_schema.audit import Actor, chain, seal
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Settings
from tests import stages
from tests.shared_schema.audit.conftest import ADA, broken, rows
from tests.study_service.conftest import BANK, answer, letter, post_bank

OPERATOR = Actor("olga", role="operator")
ALICE = 1
SECRETS = {
    "picture": "https://pictures.example/alice.png", "provider_id": "google-sub-1", "password_hash": "hash",
    "stripe_customer_id": "cus_1", "stripe_subscription_id": "sub_1", "bio": "I like routers",
    "timezone": "Europe/Berlin", "preferred_language": "de", "last_login": 1_700_000_000, "permissions": '["x"]',
    "email_verified": 1, "share_profile": 1, "exam_dates": '{"1":1800000000}', "role": "moderator", "is_active": 1,
    "sign_up_ref": "alice.smith",
}  # fmt: skip
# As the tables have it after erasure.
EMPTY = dict.fromkeys(SECRETS) | {
    "email": "erased-1@erased.invalid", "name": "Erased", "timezone": "UTC", "preferred_language": "en", "role": "user",
    "permissions": "[]", "is_active": 0, "email_verified": 0, "share_profile": 0, "exam_dates": "{}",
}  # fmt: skip

FORGOTTEN = "INSERT INTO forgotten_keys VALUES (?)"
BEFORE = "INSERT INTO idempotency_keys (subject, key, digest, receipt) VALUES (?, 'k-0', 'd', '{}')"
KEYS_OF_ONE = {"receipts": 1, "idempotency_keys": 1, "forgotten_keys": 1}
# At a moment at which a slot of every length begins.
LEDGER = (
    "INSERT INTO ai_generation_log (purpose, model, user_id, ip_address, user_agent, created_at)"
    " VALUES ('p', 'm', ?, ?, ?, 1783296000)"
)


@pytest.fixture
def life(ada: FlaskClient, alice: FlaskClient, bob: FlaskClient, database: LibsqlDatabase) -> None:
    """Alice and Bob have a row each of everything that is kept of people; an admin has changed Alice's name."""
    assert post_bank(ada, BANK).status_code == 200
    letter()
    for learner in (alice, bob):
        learner.environ_base["REMOTE_ADDR"] = "192.0.2.99"
        session = learner.post("/api/study/sessions", json={"examId": 1}).json
        answer(learner, session["questions"][0]["id"], ["a"], studySessionId=session["id"], key="k-1")
    sign_in = "INSERT INTO sign_ins (id, user_id, user_agent, expires_at) VALUES (?, ?, ?, unixepoch() + 60)"
    attempt = "INSERT INTO test_attempts (user_id, exam_id, question_ids) VALUES (?, 1, '[1]')"
    review = "UPDATE questions SET reviewed_by = ?, review_feedback = ? WHERE id = ?"
    mark = "INSERT INTO bookmarks (user_id, question_id, exam_id) VALUES (?, 1, 1)"
    remark = "INSERT INTO question_flags (user_id, question_id, reason, comment) VALUES (?, 1, 'typo', 'I am Alice')"
    mistake = "INSERT INTO missed (user_id, question_id, exam_id, answer_id) VALUES (?, 1, 1, 1)"
    changes = ", ".join(f"{column} = ?" for column in SECRETS)
    database.batch(
        [
            *(Statement(LEDGER, (user, "192.0.2.99", "Firefox")) for user in (1, 2)),
            *(Statement(sign_in, (f"sign-in-{user}", user, f"Phone of {user}")) for user in (1, 2)),
            *(Statement(attempt, (user,)) for user in (1, 2)),
            Statement("DELETE FROM missed"),
            *(Statement(sql, (user,)) for user in (1, 2) for sql in (mark, mistake, remark)),
            *(Statement("INSERT INTO memory_weights (user_id, algorithm) VALUES (?, 1)", (user,)) for user in (1, 2)),
            *(Statement(sql, (f"study:user:{user}",)) for sql in (FORGOTTEN, BEFORE) for user in (1, 2)),
            *(Statement(review, (user, f"feedback {user}", user)) for user in (1, 2)),
            Statement(f"UPDATE users SET {changes} WHERE id = 1", tuple(SECRETS.values())),
            audit.entry(ADA, "user.change", "user", 1, old={"name": "Alicia"}, new={"name": "Alice"}),
        ]
    )


def tables(database: LibsqlDatabase) -> dict[str, list[dict[str, Any]]]:
    names = (
        "users", "sign_ins", "user_answers", "study_sessions", "test_attempts", "questions", "learner_days",
        "user_progress", "study_days", "objective_mastery", "ai_generation_log", *KEYS_OF_ONE, "bookmarks", "missed",
        "exam_ratings", "learner_ratings", "question_flags", "memory_states", "memory_weights",
    )  # fmt: skip
    return {name: rows(database, f"SELECT * FROM {name}") for name in (*names, "audit_log", "audit_seals")}


def erase_everywhere(user: int) -> list[dict[str, int]]:
    owners = (study_service.personal, growth_service.personal, personal)
    return [owner.erase(user, OPERATOR) for owner in owners]


def test_erasure_empties_what_tells_of_the_person_and_keeps_the_numbers(life: None, database: LibsqlDatabase) -> None:
    head = seal.everything(database).head
    before = tables(database)
    mine = [entry for entry in before["audit_log"] if entry["user_id"] == ALICE]
    assert {entry["ip_address"] for entry in mine} == {"192.0.2.99"}
    assert erase_everywhere(ALICE) == [
        {"question_flags": 1},
        {"ai_generation_log": 1},
        {"users": 1, "audit_log": len(mine) + 1, "sign_ins": 1} | KEYS_OF_ONE,
    ]
    after = tables(database)
    changed = {"updated_at": after["users"][0]["updated_at"]}
    assert changed["updated_at"] >= int(time.time()) - 60
    assert after["users"] == [before["users"][0] | EMPTY | changed, *before["users"][1:]]
    nobody = {"ip_address": None, "user_agent": None}
    assert after["ai_generation_log"] == [before["ai_generation_log"][0] | nobody, before["ai_generation_log"][1]]
    for kept in ("receipts", "idempotency_keys"):
        assert len(after[kept]) == 1
        assert after[kept] == [key for key in before[kept] if key["subject"] != "study:user:1"]
    assert after["forgotten_keys"] == [{"subject": "study:user:2"}]
    hers, his = before["question_flags"]
    assert after["question_flags"] == [hers | {"comment": None}, his]
    assert [sign_in["id"] for sign_in in after["sign_ins"]] == ["sign-in-2"]
    assert rows(database, "SELECT kind, key FROM revocations") == [{"kind": "sign_in", "key": "sign-in-1"}]
    ours = ("bookmarks", "missed", "exam_ratings", "learner_ratings", "memory_states", "memory_weights")
    counted = ("learner_days", "user_progress", "study_days", "objective_mastery", *ours)
    for kept in ("user_answers", "study_sessions", "test_attempts", "questions", *counted):
        assert after[kept] == before[kept]
    for old, new in zip(before["audit_log"], after["audit_log"], strict=False):
        origin = dict.fromkeys(chain.ORIGIN if old["user_id"] == ALICE else ())
        content = dict.fromkeys(chain.CONTENT if (old["entity_type"], old["entity_id"]) == ("user", "1") else ())
        assert new == old | origin | content
    logged = after["audit_log"][len(before["audit_log"]) :]
    assert [(entry["action"], entry["entity_id"], entry["metadata"]) for entry in logged] == [
        ("user.erase_from_study", "1", '{"subject":"olga"}'),
        ("user.erase_from_growth", "1", '{"subject":"olga"}'),
        ("user.erase", "1", '{"subject":"olga"}'),
    ]
    told = json.dumps(after, default=repr)
    for secret in (
        "alice@example.com",
        "Alicia",
        "google-sub-1",
        "cus_1",
        "sub_1",
        "I like routers",
        "alice.png",
        "Phone of 1",
    ):
        assert secret in json.dumps(before, default=repr)
        assert secret not in told
    assert broken(database, head) is None
    seal.everything(database)
    assert broken(database, head) is None


def test_a_second_erasure_changes_nothing(life: None, database: LibsqlDatabase) -> None:
    erase_everywhere(ALICE)
    seal.everything(database)
    before = tables(database)
    assert erase_everywhere(ALICE) == [{}, {}, {}]
    assert erase_everywhere(99) == [{}, {}, {}]
    assert tables(database) == before


def test_an_erasure_that_broke_off_is_taken_up_again(life: None, database: LibsqlDatabase) -> None:
    """The row is empty already, and the log not yet."""
    count = len([entry for entry in tables(database)["audit_log"] if entry["user_id"] == ALICE]) + 1
    database.batch([audit.entry(OPERATOR, "user.erase", "user", 1), Statement(personal._EMPTY_USER, {"user": 1})])
    assert personal.erase(ALICE, OPERATOR) == {
        "users": 0,
        "audit_log": count,
        "sign_ins": 1,
        **KEYS_OF_ONE,
    }
    assert broken(database) is None


@pytest.mark.parametrize("table", ["sign_ins", *KEYS_OF_ONE])
def test_what_came_after_an_erasure_is_erased_too(life: None, database: LibsqlDatabase, table: str) -> None:
    """As where a request was under way meanwhile."""
    late = rows(database, f"SELECT * FROM {table}")
    erase_everywhere(ALICE)
    columns = ", ".join(late[0])
    marks = ", ".join("?" for _ in late[0])
    mine = [row for row in late if row not in rows(database, f"SELECT * FROM {table}")]
    database.batch([Statement(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(mine[0].values()))])
    assert personal.erase(ALICE, OPERATOR)[table] == 1
    assert mine[0] not in rows(database, f"SELECT * FROM {table}")
    assert personal.erase(ALICE, OPERATOR) == {}


@pytest.mark.parametrize("origin", [("192.0.2.99", None), (None, "Firefox")])
def test_a_call_is_emptied_that_has_only_an_address_or_only_a_program(
    database: LibsqlDatabase, origin: tuple[str | None, str | None]
) -> None:
    database.batch([Statement(LEDGER, (user, *origin)) for user in (1, 2)])
    assert growth_service.personal.erase(ALICE, OPERATOR) == {"ai_generation_log": 1}
    stored = rows(database, "SELECT ip_address, user_agent FROM ai_generation_log ORDER BY id")
    assert [tuple(call.values()) for call in stored] == [(None, None), origin]
    assert growth_service.personal.erase(ALICE, OPERATOR) == {}


def test_a_person_who_has_done_nothing_yet_can_be_erased(database: LibsqlDatabase) -> None:
    before = rows(database, "SELECT * FROM users")
    assert personal.erase(ALICE, OPERATOR) == {
        "users": 1,
        "audit_log": 0,
        "sign_ins": 0,
        **dict.fromkeys(KEYS_OF_ONE, 0),
    }
    (alice, *others) = rows(database, "SELECT * FROM users ORDER BY id")
    assert (alice["email"], alice["name"], alice["is_active"]) == ("erased-1@erased.invalid", "Erased", 0)
    assert others == before[1:]


def test_what_the_log_tells_of_a_user_who_was_deleted_can_be_erased(life: None, database: LibsqlDatabase) -> None:
    seal.everything(database)
    database.execute_sql("DELETE FROM users WHERE id = 1")
    assert broken(database) is None
    assert personal.erase(ALICE, OPERATOR)["users"] == 0
    told = rows(database, "SELECT ip_address, metadata FROM audit_log WHERE user_id = 1")
    assert {tuple(entry.values()) for entry in told} == {(None, None)}
    assert broken(database) is None


def test_an_export_has_every_row_of_the_person_and_of_nobody_else(
    life: None, database: LibsqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(personal, "PAGE", 1)
    given = "INSERT INTO user_answers (user_id, question_id, selected_answer, is_correct, attempt_number)"
    backwards = [Statement(f"{given} VALUES (1, ?, 'b', 0, 9)", (question,)) for question in (3, 2, 1)]
    day = "INSERT INTO learner_days (user_id, day, answered) VALUES (1, ?, 3)"
    database.batch(
        [*backwards, *(Statement(day, (f"2026-01-0{n}",)) for n in (2, 1))]
    )  # the index that leads to them has another order than their ids
    stored = tables(database)
    found = {
        module: list(itertools.islice(personal.export(module.PARTS, ALICE), 1000))
        for module in (personal, study_service.personal, growth_service.personal)
    }
    counts = Counter(line["table"] for lines in found.values() for line in lines)
    about = [
        entry
        for entry in stored["audit_log"]
        if entry["user_id"] == ALICE or (entry["entity_type"], entry["entity_id"]) == ("user", "1")
    ]
    assert counts == {
        "users": 1, "sign_ins": 1, "audit_log": len(about), **KEYS_OF_ONE,
        "user_answers": 4, "learner_days": 3, "user_progress": 1, "study_sessions": 1, "test_attempts": 1,
        "study_days": 1, "objective_mastery": 1,
        "questions": 1, "ai_generation_log": 1, "ai_cost_slots": 5,
        "bookmarks": 1, "missed": 1, "exam_ratings": 1, "learner_ratings": 1, "question_flags": 1, "memory_states": 1,
        "memory_weights": 1,
    }  # fmt: skip
    assert [line["row"] for line in found[personal] if line["table"] == "audit_log"] == about
    (user,) = [line["row"] for line in found[personal] if line["table"] == "users"]
    assert user == {name: value for name, value in stored["users"][0].items() if name != "password_hash"}
    (sign_in,) = [line["row"] for line in found[personal] if line["table"] == "sign_ins"]
    assert sign_in == stored["sign_ins"][0]
    (receipt,) = [line["row"] for line in found[personal] if line["table"] == "receipts"]
    assert (receipt["subject"], receipt["key"], json.loads(receipt["receipt"])["attempt_number"]) == (
        "study:user:1", "k-1", 1,
    )  # fmt: skip
    assert json.loads(receipt["known"])["graded"]["is_correct"] in (True, False)
    reviewed = [line["row"] for line in found[study_service.personal] if line["table"] == "questions"]
    assert [(row["id"], row["review_feedback"]) for row in reviewed] == [(1, "feedback 1")]
    call, *slots = found[growth_service.personal]
    assert call == {"table": "ai_generation_log", "row": stored["ai_generation_log"][0]}
    assert {line["table"] for line in slots} == {"ai_cost_slots"}
    assert [line["row"] for line in found[study_service.personal] if line["table"] == "user_answers"] == [
        given for given in stored["user_answers"] if given["user_id"] == ALICE
    ]


@pytest.mark.only("file", "server")
def test_the_commands_print_json(life: None, database: LibsqlDatabase, settings: Settings) -> None:
    def run(owner: str, *command: str) -> tuple[int, list[Any]]:
        program = [sys.executable, "-m", f"{owner}.personal", *command]
        done = subprocess.run(program, env=stages.environment_of(settings), stdout=subprocess.PIPE, text=True)
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    code, lines = run("shared_schema", "export", "1")
    assert (code, lines[0]["table"], lines[0]["row"]["email"]) == (0, "users", "alice@example.com")
    assert [line["table"] for line in run("growth_service", "export", "1")[1]] == [
        "ai_generation_log",
        *["ai_cost_slots"] * 5,
    ]
    assert run("study_service", "erase", "1", "--yes") == (0, [{"question_flags": 1}])
    assert run("growth_service", "erase", "1", "--yes") == (0, [{"ai_generation_log": 1}])
    code, (erased,) = run("shared_schema", "erase", "1", "--yes", "--by", "olga")
    assert (code, erased["users"], erased["receipts"], erased["idempotency_keys"]) == (0, 1, 1, 1)
    assert run("shared_schema", "erase", "1", "--yes") == (0, [{}])
    assert rows(database, "SELECT role, metadata FROM audit_log WHERE action = 'user.erase'") == [
        {"role": "operator", "metadata": '{"subject":"olga"}'}
    ]
    assert run("shared_schema", "erase", "none", "--yes")[0] == 2
