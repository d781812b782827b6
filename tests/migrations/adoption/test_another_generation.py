"""A database of another generation is refused with the real reason, and its exams and questions move by an import."""

import json
import os
import re
import subprocess

import pytest

from migrations import adoption
from tests.conftest import client
from tests.migrations.adoption import generation
from tests.migrations.adoption.conftest import everything, rows
from tests.servers import ROOT

EXPORT = ROOT / "migrations" / "adoption" / "another_generation.sql"
(COMMAND,) = re.findall(r"^--     (sqlite3 .*)$", EXPORT.read_text(), re.MULTILINE)
WAY = (
    "It cannot be adopted in place. Its exams and questions can be moved with the study service's import: see"
    ' "A database of another generation" in migrations/README.md and migrations/adoption/another_generation.sql'
)


def test_it_is_refused_with_the_real_reason(old):
    generation.create(old)
    before = everything(old)
    for way in (adoption.examine, adoption.adopt):
        with pytest.raises(adoption.Refused) as refused:
            way(old)
        assert str(refused.value) == (
            "this database is of another generation of PingToPass: ids are texts (exams.id, questions.id, users.id);"
            " the options of a question are a list of texts (questions.options), not answers with their key;"
            f" the key is a number that counts from 0 (questions.correct_answer). {WAY}"
        )
    assert everything(old) == before


RENAMED = [
    (["ALTER TABLE users RENAME TO app_user"], "ids are texts (app_user.id, exams.id, questions.id)"),
    (["ALTER TABLE exams RENAME TO exam"], "ids are texts (exam.id, questions.id, users.id)"),
    (["ALTER TABLE questions RENAME TO exam_questions"], "(exam_questions.options)"),
    (
        ["ALTER TABLE questions RENAME COLUMN correct_answer TO correctAnswer"],
        "counts from 0 (questions.correctAnswer)",
    ),
    (["ALTER TABLE questions RENAME COLUMN options TO choices"], "are a list of texts (questions.choices)"),
    (["UPDATE questions SET correct_answer = 1"], "is a position in that list (questions.correct_answer)"),
    (["UPDATE questions SET correct_answer = '[0,2]'"], "counts from 0 (questions.correct_answer)"),
]


@pytest.mark.parametrize(("changes", "reason"), RENAMED)
def test_other_names_are_recognised(file, changes, reason):
    generation.create(file)
    for sql in changes:
        file.execute_sql(sql)
    with pytest.raises(adoption.Refused) as refused:
        adoption.examine(file)
    assert "of another generation" in str(refused.value)
    assert reason in str(refused.value)


@pytest.fixture
def exported(tmp_path):
    """The banks that the command of the operator's page writes, one for each exam."""
    generation.create_file(tmp_path / "old.db")
    command = COMMAND.replace("old.db", f"{tmp_path}/old.db").replace("banks.jsonl", f"{tmp_path}/banks.jsonl")
    env = os.environ | {"PATH": generation.path_with_sqlite3(tmp_path)}
    done = subprocess.run(
        ["bash", "-eu", "-c", command], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return (tmp_path / "banks.jsonl").read_text().splitlines()


@pytest.mark.only("file", "server")
def test_its_exams_move_by_an_import_with_the_right_keys(exported, database, study_app):
    ada = client(study_app, "4", "admin")
    reports = [
        ada.post(
            "/api/questions/import?format=pingtopass&reviewStatus=approved", data=bank, content_type="application/json"
        )
        for bank in exported
    ]
    counts = [(report.status_code, report.json["imported"], report.json["errors"]) for report in reports]
    assert counts == [(200, 3, []), (200, 1, [])]
    key = "json_group_array(o.value->>'text') FILTER (WHERE o.value->>'isCorrect')"
    query = f"SELECT q.text, q.type, {key}, q.difficulty, q.explanation FROM questions q, json_each(q.answers) o"
    assert rows(database, f"{query} GROUP BY q.id ORDER BY q.id") == [
        ("Which one routes packets?", "multiple_choice", '["A router"]', 4, "IP."),
        ("Which connector is for fibre?", "multiple_choice", '["LC"]', 3, None),
        ("Which are private?", "multi_select", '["10.0.0.1","192.168.0.1"]', 2, None),
        ('It\'s "secret" – which is symmetric?', "multiple_choice", '["AES"]', 1, None),
    ]
    assert rows(database, "SELECT vendor_id, code, name, questions_available FROM exams ORDER BY id") == [
        ("CompTIA", "N10-009", "Network+", 3),
        ("PingToPass", "SY0-701", "Security+", 1),
    ]
    assert rows(database, "SELECT exam_id, name, weight FROM objectives ORDER BY id") == [
        (1, "Routing", 0.6), (1, "Cabling", 0.4), (1, "General", 0.0), (2, "General", 0.0),
    ]  # fmt: skip


def test_options_keep_their_order(exported):
    (network, _) = map(json.loads, exported)
    assert network["questions"][0]["options"] == ["A switch", "A hub", "A router", "A cable"]
    assert network["questions"][0]["correctAnswer"] == [2]
    assert network["questions"][2]["correctAnswer"] == [0, 2]
