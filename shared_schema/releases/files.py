"""What a migration file says of itself, read without running it.

Next to `migrate` and `rollback` a file may state, as plain literals:

    PHASE = "contract"                      it takes away what older code reads; without it, "expand"
    ALLOW = {"data-loss": "why"}            rules of the linter it breaks on purpose
    NO_WAY_BACK = "why"                     it has no `rollback`
    BACKFILLS = [{"table": …, "set": …}]    updates in chunks, after its own transaction
"""

import ast
import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

Phase = Literal["expand", "contract"]
_STATED = ("PHASE", "ALLOW", "NO_WAY_BACK", "BACKFILLS")


class Unreadable(Exception):
    """A migration file states something that cannot be understood."""


@dataclass(frozen=True, slots=True)
class Backfill:
    """`UPDATE table SET set WHERE where`, some rows at a time in the order of `key`, an integer primary key."""

    table: str
    set: str
    where: str = "1"
    key: str = "id"


@dataclass(frozen=True, slots=True)
class Written:
    """One migration file. `checksum` is the SHA-256 of its bytes, `title` the first line of its docstring."""

    stream: str
    name: str
    title: str
    phase: Phase
    checksum: str
    goes_back: bool
    allow: dict[str, str] = field(default_factory=dict)
    no_way_back: str | None = None
    backfills: tuple[Backfill, ...] = ()

    def __str__(self) -> str:
        return f"{self.stream}/{self.name}"


def read(path: Path) -> Written:
    """The migration in `<stream>/<name>.py`. Raises Unreadable."""
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=512)
def _read(path: Path, _: int) -> Written:
    text = path.read_bytes()
    try:
        tree = ast.parse(text, str(path))
    except SyntaxError as error:
        raise Unreadable(f"{path}: {error}") from None
    said = _literals(tree, path)
    phase = said.get("PHASE", "expand")
    if phase not in get_args(Phase):
        raise Unreadable(f"{path}: PHASE is {phase!r}, which is neither expand nor contract")
    try:
        backfills = tuple(Backfill(**each) for each in said.get("BACKFILLS", ()))
    except TypeError as error:
        raise Unreadable(f"{path}: BACKFILLS: {error}") from None
    return Written(
        stream=path.parent.name,
        name=path.stem,
        title=(ast.get_docstring(tree) or "").partition("\n")[0],
        phase=phase,
        checksum=hashlib.sha256(text).hexdigest(),
        goes_back=any(isinstance(node, ast.FunctionDef) and node.name == "rollback" for node in tree.body),
        allow=dict(said.get("ALLOW", {})),
        no_way_back=said.get("NO_WAY_BACK"),
        backfills=backfills,
    )


def _literals(tree: ast.Module, path: Path) -> dict[str, Any]:
    """What the file states: NAME = literal. Other names are its own business."""
    found = {}
    for node in tree.body:
        if not (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)):
            continue
        name = node.targets[0].id
        if name in _STATED:
            try:
                found[name] = ast.literal_eval(node.value)
            except ValueError:
                raise Unreadable(f"{path}: {name} must be a plain literal") from None
    return found
