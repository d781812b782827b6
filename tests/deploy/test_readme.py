"""The README's commands, run as they stand, each section in a fresh shell."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.deploy import shells
from tests.deploy.conftest import ROOT, Run

README, GROWTH = ((ROOT / name).read_text() for name in ("README.md", "growth_service/README.md"))
BLOCKS: list[str] = re.findall(r"```sh\n(.*?)```", README + GROWTH, re.DOTALL)
PLACE = ("PINGTOPASS_VAR", "STUDY_PORT", "GROWTH_PORT")


def answers(run: Run, word: str) -> list[dict[str, object]]:
    """Run the block with this word in a shell of its own. What each curl prints is on a line of its own then."""
    (block,) = (block for block in BLOCKS if word in block)
    script = re.sub(r"(?m)^curl -s ", "curl -sS --fail-with-body -w '\\n' ", block)
    ended = shells.run(script, shells.environment(**{name: run.env[name] for name in PLACE}))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines() if line]


def test_its_sessions_work_as_written(start: Callable[[], Run]) -> None:
    assert BLOCKS[0] == "make run\n"
    run = start().wait_until_ready()
    exams, questions, answer, progress = answers(run, "first-answer")
    assert exams["exams"][0]["code"] == "PTP-NET1"
    assert len(questions["questions"]) == 2
    assert answer["success"]
    assert progress["progress"][0]["totalQuestionsSeen"] == 1

    saved, submitted, result = answers(run, "api/tests")
    assert (saved["sequence"], saved["timeSpentSeconds"]) == (1, 30)
    assert (submitted["status"], submitted["questionCount"], submitted["skippedCount"]) == ("completed", 4, 3)
    assert {name: result[name] for name in ("id", "score")} == {name: submitted[name] for name in ("id", "score")}
    assert result["questions"][0]["selectedAnswer"] == saved["selectedAnswer"]

    filed, budget, held, missing, best, booked, *queue, costs, ledger, left, week = answers(run, "field leaseToken")
    draft, approved, executed, counts, decided = queue
    assert (filed["accounts"], filed["tweets"]) == ({"created": 1, "updated": 0}, {"created": 1, "updated": 0})
    assert [gone["id"] for gone in missing["gone"]] == ["1990000000000000009"]
    assert len(best["tweets"]) == 3
    assert booked["costUsd"] == 0.00021
    assert (draft["status"], draft["tweetText"]) == ("pending", "How many hosts fit into a /26?")
    assert draft["id"] == approved["id"] == executed["id"]
    assert (approved["status"], executed["status"]) == ("approved", "executed")
    assert executed["resultTweetId"] == "1990000000000000003"
    assert (counts["counts"]["executed"], decided["refused"][0]["id"]) == (1, draft["id"])
    assert costs["totalUsd"] > booked["costUsd"]
    assert ledger["generations"][0]["requestId"] == booked["requestId"] == held["requestId"]
    assert (budget["availableUsd"], left["postedUsd"], left["pendingUsd"]) == (20, booked["costUsd"], 0)
    assert week["totals"]["aiCostsUsd"] == costs["totalUsd"]
    assert ("reply", "gpt-4o-mini-2024-07-18") in {(group["purpose"], group["model"]) for group in costs["groups"]}

    imported, mended = answers(run, "questions/export")
    assert [imported[name] for name in ("imported", "updated", "skipped", "errors")] == [2, 0, 0, []]
    assert [mended[name] for name in ("imported", "updated", "errors", "losses")] == [0, 1, [], []]
    (changed,) = [item for item in mended["items"] if item["outcome"] != "unchanged"]  # type: ignore[attr-defined]  # a list
    assert (changed["outcome"], changed["fields"]) == ("updated", ["text"])

    active, voice, scored = answers(run, "voice-profiles")
    assert (active["isActive"], voice["id"]) == (True, active["id"])
    assert str(voice["prompt"]).startswith("Write in the voice “Calm engineer”.\nTone: calm, helpful\n")
    reasons = {reason["name"]: reason for reason in scored["reasons"]}  # type: ignore[attr-defined]  # a list
    assert reasons["avoided"]["value"] == 0 < scored["score"] < 1  # type: ignore[operator]  # a number

    _, reviews = answers(run, "examDates")
    assert (reviews["unplanned"], len(reviews["forecast"])) == (0, 30)  # type: ignore[arg-type]  # a list

    searched, flag, queue_of_reviews = answers(run, "default+gateway")
    assert searched["questions"][0]["highlights"]  # type: ignore[index]  # a list
    assert (flag["questionId"], flag["reason"]) == (2, "typo")
    assert queue_of_reviews["questions"][0]["reasons"] == ["a learner has flagged it"]  # type: ignore[index]  # a list

    edited, versions = answers(run, "If-Match")
    assert (edited["version"], edited["explanation"], edited["difficulty"]) == (1, "Mended", 2)
    assert [version["explanation"] for version in versions["versions"]] == ["Mended"]


def test_one_package_is_tested_as_written() -> None:
    """With the options of the page, pytest collects the package in one mode, and says what it skips and why."""
    (arguments,) = re.findall(r'make test PYTEST="(.*)"', README)
    command = ["make", "--no-print-directory", "-n", "-o", ".venv/test", "-o", ".venv/sqld", "-o", "lint", "test"]
    shown = subprocess.run([*command, f"PYTEST={arguments}"], cwd=ROOT, capture_output=True, text=True, check=True)
    line = shown.stdout.strip().splitlines()[-1]
    assert line == f".venv/bin/pytest -n auto -rs {arguments}"
    collected = shells.run(f"{line.replace('-n auto', '-n 0')} --collect-only", shells.environment())
    assert collected.returncode == 0, collected.stdout
    assert "[file]" in collected.stdout
    assert "[server]" not in collected.stdout


def test_the_commands_it_names_exist() -> None:
    helped = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in re.findall(r"`?make ([a-z-]+)", README + GROWTH):
        assert f"make {target} " in helped
    for place in ("", "deploy/", "growth_service/", "migrations/", "shared_schema/database/"):
        page = f"{place}README.md"
        text = (ROOT / page).read_text()
        assert not re.findall(r"(?<!\.venv/bin/)python -m", text), page
        for module in re.findall(r"\.venv/bin/python -m ([\w.]+)", text):
            path = ROOT / module.replace(".", "/")
            assert path.with_suffix(".py").exists() or (path / "__main__.py").exists()


def test_the_paths_it_names_exist() -> None:
    for path in re.findall(r"\| `([a-z_/]+)` \|", README):
        assert (ROOT / path).is_dir() or path == "var", path
    rooms = {room for line in re.findall(r"\| (`[a-z_`, ]+`) \|", GROWTH) for room in re.findall("[a-z_]+", line)}
    skeleton = {"demo", "routes"}
    assert rooms | skeleton == {path.parent.name for path in (ROOT / "growth_service").glob("*/__init__.py")}
    assert Path(ROOT / ".ci" / "run").stat().st_mode & 0o100
