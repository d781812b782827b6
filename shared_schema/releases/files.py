"""What a migration file says of itself, read without running it.

Next to `migrate` and `rollback` a file may state, as plain literals:

    PHASE = "contract"                      it takes away what older code reads; without PHASE it is "expand"
    ALLOW = {"data-loss": "why"}            rules of the linter that it breaks on purpose
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
    """A migration file that is not Python, or states something that is not a plain literal of the right shape."""


@dataclass(frozen=True, slots=True)
class Backfill:
    """`UPDATE table SET set WHERE where`, some rows at a time in the order of `key`, an integer primary key."""

    table: str
    set: str
    where: str = "1"
    key: str = "id"


@dataclass(frozen=True, slots=True)
class Migration:
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


def read(path: Path) -> Migration:
    """The migration in `<stream>/<name>.py`. Raises Unreadable."""
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=512)
def _read(path: Path, _: int) -> Migration:
    """Read again when the file's time of change is another."""
    data = path.read_bytes()
    tree = _parsed(data, path)
    stated = _literals(tree, path)
    return Migration(
        stream=path.parent.name,
        name=path.stem,
        title=(ast.get_docstring(tree) or "").partition("\n")[0],
        phase=_phase(stated, path),
        checksum=hashlib.sha256(data).hexdigest(),
        goes_back=any(isinstance(node, ast.FunctionDef) and node.name == "rollback" for node in tree.body),
        allow=dict(stated.get("ALLOW", {})),
        no_way_back=stated.get("NO_WAY_BACK"),
        backfills=_backfills(stated, path),
    )


def _parsed(data: bytes, path: Path) -> ast.Module:
    try:
        return ast.parse(data, str(path))
    except SyntaxError as error:
        raise Unreadable(f"{path}: {error}") from None


def _literals(tree: ast.Module, path: Path) -> dict[str, Any]:  # a literal may be anything; the callers check it
    """The values of the names in _STATED. The file may use other names as it likes."""
    values = {}
    for node in tree.body:
        if not (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)):
            continue
        name = node.targets[0].id
        if name in _STATED:
            try:
                values[name] = ast.literal_eval(node.value)
            except ValueError:
                raise Unreadable(f"{path}: {name} must be a plain literal") from None
    return values


def _phase(stated: dict[str, Any], path: Path) -> Phase:
    phase: Phase = stated.get("PHASE", "expand")
    if phase not in get_args(Phase):
        raise Unreadable(f"{path}: PHASE is {phase!r}, which is neither expand nor contract")
    return phase


def _backfills(stated: dict[str, Any], path: Path) -> tuple[Backfill, ...]:
    try:
        return tuple(Backfill(**backfill) for backfill in stated.get("BACKFILLS", ()))
    except TypeError as error:
        raise Unreadable(f"{path}: BACKFILLS: {error}") from None
