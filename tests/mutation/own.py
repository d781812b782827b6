"""Which tests speak of a module, and which of them run the line that a mutant changes."""

import ast
import re
import statistics
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tests.mutation.trees import ROOT

Function = ast.FunctionDef | ast.AsyncFunctionDef
# Rooms whose tests are not, or not only, in the folder of the same name.
_ROOMS = {
    "shared_schema": ("tests/shared_schema", "tests/study_service", "tests/growth_service"),
    "shared_schema/tables": ("tests/shared_schema", "tests/study_service", "tests/growth_service"),
    "shared_schema/web": (
        "tests/shared_schema/web",
        "tests/study_service",
        "tests/growth_service",
        "tests/deploy/heartbeats",
    ),
    "shared_schema/database": ("tests/shared_schema/database", "tests/study_service/test_answers.py"),
    "shared_schema/releases": (
        "tests/shared_schema/releases",
        "tests/shared_schema/web/test_readyz.py",
        "tests/migrations/tool",
        "tests/deploy/heartbeats",
    ),
}
# Modules that do nothing without a server, or have lines for one, by their folder.
_SERVER = {
    "shared_schema/database": ("consistency", "libsql", "local"),
    "shared_schema/database/server": (
        "calls",
        "connections",
        "groups",
        "hrana",
        "names",
        "outcomes",
        "pipelines",
        "primary",
        "remote",
        "replies",
        "streams",
    ),
    "shared_schema/database/replica": ("aside", "checking", "keep", "notes", "pull", "reading"),
    "shared_schema/web": ("consistency",),
}
# Folders whose schemas stand in the wire contract, and the room that holds them against it.
_ON_THE_WIRE = ("routes", "x")
_WIRE = "tests/wire"
# Modules that run in a process of their own, with the files whose tests start it.
_STARTED_BY = {
    f"shared_schema/database/replica/{module}.py": (f"test_{file}.py", "test_keeper.py", "test_damaged_replica.py")
    for module, file in {"pull": "replica", "keep": "replicator", "aside": "set_aside", "checking": "checking"}.items()
}
# Slow tests of other files are left out, since a survivor has to pass all that remain: those that take so many times
# the median, and where there is a server, whose tests wait for deadlines, those that take so many seconds.
_SLOW = 10
_SLOW_WITH_A_SERVER_S = 2.0


def rooms(module: str) -> list[str]:
    """The folders and files with the tests that speak of this module."""
    folder = Path(module).parent
    if needs_server(module):
        return [str(Path("tests", *folder.parts[:2])), "tests/faults"]
    if str(folder) in _ROOMS:
        return [room for room in _ROOMS[str(folder)] if (ROOT / room).exists()]
    if folder.name in _ON_THE_WIRE:
        return [f"tests/{folder.parent}", _WIRE]
    mirrored = Path("tests", folder)
    while not any((ROOT / mirrored).rglob("test_*.py")):
        mirrored = mirrored.parent
    return [str(mirrored)]


def needs_server(module: str) -> bool:
    return Path(module).stem in _SERVER.get(str(Path(module).parent), ())


def modes(module: str) -> str:
    return "file,server,replica" if needs_server(module) else "file"


def packages() -> list[str]:
    """Our packages, whose lines are recorded."""
    return sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))


def choose(module: str, code: str, line: int, ran: Mapping[int, set[str]], seconds: Mapping[str, float]) -> list[str]:
    """The tests for a mutant of this line: those of files named after the module, then others, the quick ones first.

    `ran` has the tests by line, `seconds` how long each takes. For a line that only runs once, as the fixtures of the
    session are made, these are all tests of the folder that mirrors the module's. If no test runs the line in its own
    process, they are the tests whose file names the module (they may start a process that runs it), or all.
    """
    if module in _STARTED_BY:
        starting = [test for test in seconds if test.split("::")[0].endswith(_STARTED_BY[module])]
        return sorted(starting, key=lambda test: (seconds[test], test))
    touched = touching(code, line, ran)
    mirrored = {test for test in seconds if test.startswith(f"tests/{Path(module).parent}/")}
    tests = touched - {"session"} or (mirrored if touched else _naming(module, seconds)) or set(seconds)
    named = f"/test_{Path(module).stem.removesuffix('s')}"
    by_time = sorted(tests, key=lambda test: (seconds.get(test, 0.0), test))
    contract = [test for test in seconds if test.startswith(_WIRE)]
    own = contract + [test for test in by_time if named in test.split("::")[0] and test not in contract]
    others = [test for test in by_time if test not in own]
    slow = _SLOW_WITH_A_SERVER_S if needs_server(module) else _SLOW * statistics.median(seconds.values())
    return own + ([test for test in others if seconds.get(test, 0.0) <= slow] or others)


def touching(code: str, line: int, ran: Mapping[int, set[str]]) -> set[str]:
    """The tests that run the function around a line, or the functions that use the private constant defined there.

    For other lines outside of functions, every test that runs any function of the module.
    """
    tree = ast.parse(code)
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    around = [node for node in functions if _spans(node, line)]
    users = [max(around, key=lambda node: node.lineno)] if around else list(_users(tree, functions, line)) or functions
    return {test for node in users for at in _body(node) for test in ran.get(at, ())}


def _naming(module: str, tests: Iterable[str]) -> set[str]:
    name = re.compile(rf"\b{Path(module).stem}\b")
    files = {test.split("::")[0] for test in tests}
    naming = {file for file in files if name.search((ROOT / file).read_text())}
    return {test for test in tests if test.split("::")[0] in naming}


def _users(tree: ast.Module, functions: Iterable[Function], line: int) -> Iterator[ast.AST]:
    """The functions that use a private constant, by itself or by another constant made of it."""
    names = {name for statement in tree.body if _spans(statement, line) for name in _defined(statement)}
    if not names or not all(name.startswith("_") for name in names):
        return
    for statement in tree.body:
        if _uses(statement, names):
            names |= _defined(statement)
    yield from (node for node in functions if _uses(node, names))


def _spans(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def _defined(statement: ast.stmt) -> set[str]:
    """The names that an assignment gives a value."""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    targets = [statement.target] if isinstance(statement, ast.AnnAssign) else targets
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _uses(node: ast.AST, names: set[str]) -> bool:
    return any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(node))


def _body(node: Function) -> range:
    """The lines below the head, which runs at import already."""
    return range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1)
