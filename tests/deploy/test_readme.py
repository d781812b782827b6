"""The README's commands, run as they stand."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.deploy.conftest import ROOT, Run

README = (ROOT / "README.md").read_text()
BLOCKS: list[str] = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)


def test_the_first_session_works_as_written(start: Callable[[], Run]) -> None:
    assert BLOCKS[0] == "make run\n"
    run = start().wait_until_ready()
    session, bank = (next(block for block in BLOCKS if word in block) for word in ("demo.env", "bank.gift"))
    # Each answer on a line of its own; the README's reader has them under each other anyway.
    script = re.sub(r"(?m)^curl -s ", "curl -sS --fail-with-body -w '\\n' ", session + bank)
    ended = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        env=run.env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    exams, questions, answer, progress, pending, approved, claimed, costs, imported = (
        json.loads(line) for line in ended.stdout.splitlines()
    )
    assert exams["exams"][0]["code"] == "PTP-NET1"
    assert len(questions["questions"]) == 2
    assert answer["success"]
    assert progress["progress"][0]["totalQuestionsSeen"] == 1
    assert pending["opportunities"][0]["id"] == approved["id"] == claimed["opportunities"][0]["id"]
    assert costs["totalUsd"] > 0
    assert imported == {"imported": 2, "updated": 0, "skipped": 0, "errors": []}


def test_the_commands_it_names_exist() -> None:
    helped = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in re.findall(r"`?make ([a-z]+)", README):
        assert f"make {target} " in helped
    for module in re.findall(r"`python -m ([\w.]+)", README):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists()


def test_the_paths_it_names_exist() -> None:
    for path in re.findall(r"\| `([a-z_/]+)` \|", README):
        assert (ROOT / path).is_dir() or path == "var", path
    assert Path(ROOT / ".ci" / "run").stat().st_mode & 0o100
