"""The demo content: two people and an approved bank, loaded once."""

from typing import Any

from flask import Flask

from shared_schema.database import LibsqlDatabase, Statement
from study_service import demo
from tests.conftest import caught_up, client
from tests.study_service.conftest import audited, row, rows

TABLES = ("users", "exams", "objectives", "questions", "audit_log", "receipts")


def contents(database: LibsqlDatabase) -> dict[str, list[dict[str, Any]]]:
    return {table: rows(database, f"SELECT * FROM {table}") for table in TABLES}


def test_the_demo_has_an_admin_a_learner_and_a_bank_to_study(study_app: Flask, database: LibsqlDatabase) -> None:
    assert demo.load() is True
    ids = demo.people()
    admin, learner = row(database, "users", ids["admin"]), row(database, "users", ids["user"])
    columns = ("email", "name", "role", "provider")
    assert [admin[column] for column in columns] == ["admin@demo.example", "Demo admin", "admin", "email"]
    assert [learner[column] for column in columns] == ["learner@demo.example", "Demo learner", "user", "email"]
    caught_up()
    seen = client(study_app, str(ids["user"]), "user")
    (exam,) = seen.get("/api/exams").json["exams"]
    assert (exam["code"], exam["vendorId"]) == ("PTP-NET1", "PingToPass")
    assert exam["questionsAvailable"] == len(rows(database, "SELECT id FROM questions")) > 20
    assert len(seen.get(f"/api/study/questions?examId={exam['id']}").json["questions"]) == 20
    assert [entry["user"] for entry in audited(database, "question.import")] == [ids["admin"]]
    assert [(entry["id"], entry["new"], entry["subject"]) for entry in audited(database, "user.create")] == [
        (str(person["id"]), {name: person[name] for name in ("email", "name", "role")}, "demo")
        for person in (admin, learner)
    ]


def test_only_the_people_that_are_new_are_logged(database: LibsqlDatabase) -> None:
    values = "('admin@demo.example', 'Demo admin', 'admin')"
    database.batch([Statement(f"INSERT INTO users (email, name, role) VALUES {values}")])
    assert demo.load() is True
    assert [entry["id"] for entry in audited(database, "user.create")] == [str(demo.people()["user"])]


def test_a_second_load_changes_nothing(database: LibsqlDatabase) -> None:
    demo.load()
    before = contents(database)
    caught_up()
    assert demo.load() is False
    assert contents(database) == before
