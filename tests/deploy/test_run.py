"""`make run`: a start, a stop, a second start, and what a kill may cost: nothing that was acknowledged."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from deploy import children
from shared_schema.database import LibsqlDatabase
from tests import stages
from tests.deploy.conftest import Run
from tests.faults.hosts import Service, alive, wait_until


def call(run: Run, service: str, path: str, token: str | None = None, body: Any = None) -> Any:
    request = urllib.request.Request(run.url(service) + path)
    if token:
        request.add_header("Authorization", f"Bearer {run.token(token)}")
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def everything_stopped(run: Run) -> bool:
    ports = [int(run.env[name]) for name in ("STUDY_PORT", "GROWTH_PORT")]
    return all(socket.socket().connect_ex(("127.0.0.1", port)) != 0 for port in ports)


def answered(run: Run) -> int:
    progress: dict[str, Any] = call(run, "study", "/api/progress", "STUDY_LEARNER_TOKEN")
    return sum(row["totalQuestionsSeen"] for row in progress["progress"])


def an_answer(run: Run) -> dict[str, Any]:
    """The body of an answer to some question of the demo."""
    listed = call(run, "study", "/api/study/questions?examId=1&limit=20", "STUDY_LEARNER_TOKEN")["questions"]
    question = next(question for question in listed if question["type"] == "multiple_choice")
    chosen = question["answers"][0]["id"]
    return {"questionId": question["id"], "selectedAnswer": chosen, "timeSpentSeconds": 5}


def test_it_starts_says_where_it_is_and_goes_on_where_it_was(start: Callable[[], Run]) -> None:
    run = start().wait_until_ready()
    printed = "".join(run.printed)
    tokens = Path(run.env["PINGTOPASS_VAR"]) / "demo.env"
    for words in (run.url("study"), run.url("growth"), f"tokens are in {tokens}\n"):
        assert words in printed
    assert [line.partition("=")[0] for line in tokens.read_text().splitlines()] == [
        "STUDY_ADMIN_TOKEN",
        "STUDY_LEARNER_TOKEN",
        "GROWTH_ADMIN_TOKEN",
        "GROWTH_BOT_TOKEN",
    ]
    assert call(run, "study", "/readyz")["status"] == "ready"
    assert call(run, "growth", "/readyz")["status"] == "ready"
    assert call(run, "study", "/api/exams", "STUDY_LEARNER_TOKEN")["exams"][0]["questionsAvailable"] >= 60
    assert call(run, "growth", "/api/twitter/opportunities", "GROWTH_BOT_TOKEN")["opportunities"]
    assert len(call(run, "growth", "/api/growth/metrics", "GROWTH_ADMIN_TOKEN")["metrics"]) == 7
    call(run, "study", "/api/study/answer", "STUDY_LEARNER_TOKEN", an_answer(run))
    before, token = _counts(run), run.token("STUDY_LEARNER_TOKEN")
    assert run.stop() in (0, -signal.SIGTERM, 2)
    assert everything_stopped(run)
    for line in tokens.read_text().splitlines():
        assert line.partition("=")[2] not in "".join(run.printed)  # nor in the lines of the services' logs
    again = start().wait_until_ready()
    assert _counts(again) == before
    assert answered(again) == 1
    request = urllib.request.Request(again.url("study") + "/api/auth/me")
    request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=10) as response:
        assert json.load(response)["role"] == "user"


def _counts(run: Run) -> dict[str, int]:
    database = LibsqlDatabase(f"file:{run.env['PINGTOPASS_VAR']}/pingtopass.db")
    counts = {
        table: database.execute_sql(f"SELECT count(*) FROM {table}").fetchall()[0][0]
        for table in database.get_tables()
        if not table.startswith("sqlite_") and table != "deployments"  # who serves, not what was done
    }
    database.close()
    return counts


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("everybody", [True, False], ids=["from the terminal", "to make alone"])
def test_a_signal_stops_both_services(start: Callable[[], Run], number: int, everybody: bool) -> None:
    run = start().wait_until_ready()
    begin = time.monotonic()
    if everybody:
        run.stop(number)
    else:
        run.process.send_signal(number)
        run.wait()
    assert time.monotonic() - begin < children.STOP_S, "none had to be killed"
    assert everything_stopped(run)


def test_beside_another_instance_it_says_so_and_writes_nothing(start: Callable[[], Run], tmp_path: Path) -> None:
    """The other one's /readyz would answer on these ports, and the tokens would not be good for it."""
    first = start().wait_until_ready()
    second = Run(first.env | {"PINGTOPASS_VAR": str(tmp_path / "second")})
    assert second.wait() != 0
    said = [line for line in "".join(second.printed).splitlines() if not line.startswith("make: ***")]
    assert said == [f"STUDY_PORT: another process listens on 127.0.0.1:{first.env['STUDY_PORT']}"]
    assert not (tmp_path / "second").exists()
    assert call(first, "study", "/readyz")["status"] == "ready"


def test_only_its_own_processes_count_as_ready(migrated: Path, tmp_path: Path) -> None:
    url = stages.copied(migrated, tmp_path / "x.db").url
    with Service(url, "", tmp_path / "log", PINGTOPASS_INSTANCE="ours") as service:
        place = f"http://127.0.0.1:{service.port}"
        assert children.Child(service._process, place, "ours").is_ready()
        assert not children.Child(service._process, place, "another's").is_ready()


def test_a_service_that_cannot_start_ends_all_at_once(start: Callable[[], Run], tmp_path: Path) -> None:
    """A fault of the code shows only in gunicorn's workers, which are not started again and again."""
    run = start()
    run.stop()
    (tmp_path / "flask_swagger_ui.py").write_text("raise RuntimeError('broken on purpose')\n")
    blocked = Run(run.env | {"PYTHONPATH": str(tmp_path)})
    assert blocked.wait() != 0
    printed = "".join(blocked.printed)
    assert "RuntimeError: broken on purpose" in printed
    assert printed.count("Exception in worker process") <= 4  # two workers of two services
    assert everything_stopped(blocked)


def test_a_killed_worker_loses_no_acknowledged_answer(start: Callable[[], Run]) -> None:
    run = start().wait_until_ready()
    body = an_answer(run)
    acknowledged: list[int] = []
    broken: list[Exception] = []
    over = threading.Event()

    def learner() -> None:
        while not over.is_set():
            try:
                answer = call(run, "study", "/api/study/answer", "STUDY_LEARNER_TOKEN", body)
            except (OSError, http.client.HTTPException) as error:
                broken.append(error)  # the worker died under it: unknown, and so not counted here
                continue
            acknowledged.append(answer["result"]["answerId"])

    with ExitStack() as stack:
        for thread in [threading.Thread(target=learner) for _ in range(4)]:
            thread.start()
            stack.callback(thread.join)
            stack.callback(over.set)  # first of all when something fails: the learners would go on for ever
        for kills in range(1, 21):
            answered = len(acknowledged)
            wait_until(lambda now=answered: len(acknowledged) >= now + 20)
            killed = _workers(run.process.pid)
            for worker in killed:
                os.kill(worker, signal.SIGKILL)
            assert killed
            wait_until(lambda gone=killed: not any(alive(worker) for worker in gone))
            # A kill may come when no worker has a request: the learners share one interpreter with us.
            if kills >= 4 and broken:
                break
        answered = len(acknowledged)
        wait_until(lambda: len(acknowledged) > answered)
    assert broken
    run.stop()
    database = LibsqlDatabase(f"file:{run.env['PINGTOPASS_VAR']}/pingtopass.db")
    stored = [row_id for (row_id,) in database.execute_sql("SELECT id FROM user_answers").fetchall()]
    counted = database.execute_sql("SELECT sum(total_attempts) FROM questions").fetchall()[0][0]
    seen = database.execute_sql("SELECT sum(total_questions_seen) FROM user_progress").fetchall()[0][0]
    assert database.execute_sql("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()
    assert len(acknowledged) > 80
    assert len(set(acknowledged)) == len(acknowledged)
    assert set(acknowledged) <= set(stored)
    assert len(stored) == counted == seen


def _workers(root: int) -> list[int]:
    """The processes below `root` that serve study: those of its gunicorn whose parent is one, too."""
    parents: dict[int, int] = {}
    gunicorns: set[int] = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            parents[int(entry.name)] = int(re.search(r"PPid:\s+(\d+)", (entry / "status").read_text())[1])  # type: ignore[index]
        except OSError:
            continue
        if b"study_service.app" in command:
            gunicorns.add(int(entry.name))
    return [pid for pid in gunicorns if parents[pid] in gunicorns and root in _line(pid, parents)]


def _line(pid: int, parents: dict[int, int]) -> Iterator[int]:
    """The parent of a process, its parent, and so on."""
    while pid := parents.get(pid, 0):
        yield pid


def test_production_does_not_start_without_a_secret(start: Callable[[], Run]) -> None:
    run = start()
    run.stop()
    for keys, word in (("", "TOKEN_KEYS"), ("k:short", "32 bytes")):
        ended = subprocess.run(
            [sys.executable, "-m", "study_service"],
            env=run.env | {"TOKEN_KEYS": keys},
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert ended.returncode != 0
        assert word in ended.stderr
