"""Which test runs which lines, and how long it takes: recorded once for a room, kept in var/ while no file changes."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import coverage

from tests.mutation import own, trees
from tests.mutation.trees import Tree

_KEPT = trees.ROOT / "var" / "mutation"


@dataclass(frozen=True, slots=True)
class Recording:
    """`lines`: by file and line, the tests that ran it. `seconds`: how long each test took."""

    lines: Mapping[str, Mapping[int, set[str]]]
    seconds: Mapping[str, float]


class TestsFail(Exception):
    """The tests fail without any mutant."""


def of(tree: Tree, rooms: list[str], modes: str) -> Recording:
    """Run the rooms' tests, or take what was written down when they last ran on the same files."""
    kept = _KEPT / f"{_digest(trees.files())}-{hashlib.sha256(repr((rooms, modes)).encode()).hexdigest()[:8]}"
    if not kept.exists():
        made = tree.path.with_name("recording")
        made.mkdir()
        record = {"directory": str(made), "packages": own.packages()}
        if tree.run(files=rooms, tests=[], modes=modes, seconds=3600, record=record) != 0:
            raise TestsFail(tree.output())
        _keep(made, kept)
    return _read(kept)


def _keep(made: Path, kept: Path) -> None:
    """Another process may have made the same meanwhile. What belongs to other files goes."""
    for old in _KEPT.glob("*"):
        if old.name.split("-")[0] != kept.name.split("-")[0]:
            shutil.rmtree(old)
    shutil.copytree(made, kept, dirs_exist_ok=True)


def _read(kept: Path) -> Recording:
    data = coverage.CoverageData(str(kept / "lines"))
    data.read()
    lines = {
        module: {line: set(tests) - {""} for line, tests in data.contexts_by_lineno(module).items()}
        for module in data.measured_files()
    }
    return Recording(lines, json.loads((kept / "seconds.json").read_text()))


def _digest(names: list[str]) -> str:
    digest = hashlib.sha256()
    for name in (name for name in names if not name.endswith(".md")):
        digest.update(name.encode() + b"\0" + (trees.ROOT / name).read_bytes() + b"\0")
    return digest.hexdigest()[:12]
