"""Which tests speak of a module, and which of them run the line that a mutant changes."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
Function = ast.FunctionDef | ast.AsyncFunctionDef
# Rooms whose tests are not, or not only, in the folder of the same name.
_ROOMS = {
    "shared_schema": ("tests/shared_schema", "tests/study_service", "tests/growth_service"),
    "shared_schema/tables": ("tests/shared_schema", "tests/study_service", "tests/growth_service"),
    "shared_schema/web": ("tests/shared_schema/web", "tests/study_service", "tests/growth_service", "tests/deploy"),
    "shared_schema/database": ("tests/shared_schema/database", "tests/study_service/test_answers.py"),
}
# Modules that do nothing without a server.
_SERVER = ("consistency", "hrana", "pull", "remote", "replica", "replicate", "server")


def rooms(module: str) -> list[str]:
    """The folders and files with the tests that speak of this module."""
    folder = Path(module).parent
    if needs_server(module):
        return ["tests/shared_schema/database", "tests/faults"]
    if str(folder) in _ROOMS:
        return [room for room in _ROOMS[str(folder)] if (ROOT / room).exists()]
    mirrored = Path("tests", folder)
    while not any((ROOT / mirrored).glob("test_*.py")):
        mirrored = mirrored.parent
    return [str(mirrored)]


def needs_server(module: str) -> bool:
    return Path(module).parent.name == "database" and Path(module).stem in _SERVER


def modes(module: str) -> str:
    return "file,server,replica" if needs_server(module) else "file"


def packages() -> list[str]:
    """Our packages, whose lines are recorded."""
    return sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))


def ordered(module: str, tests: Iterable[str], seconds: Mapping[str, float]) -> list[str]:
    """The tests of the file named after the module first, and of those the quick ones first."""
    own = f"/test_{Path(module).stem}"
    return sorted(tests, key=lambda test: (own not in test.split("::")[0], seconds.get(test, 0.0), test))


def touching(code: str, line: int, ran: Mapping[int, set[str]]) -> set[str]:
    """The tests that run the function around a line, or the functions that use the constant defined there.

    `ran` has the tests by line. Where nothing is known of the line, every test that runs any line of the module.
    """
    everything = {test for tests in ran.values() for test in tests}
    tree = ast.parse(code)
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    around = [node for node in functions if _spans(node, line)]
    users = [max(around, key=lambda node: node.lineno)] if around else list(_users(tree, functions, line))
    return {test for node in users for at in _body(node) for test in ran.get(at, ())} or everything


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
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _uses(node: ast.AST, names: set[str]) -> bool:
    return any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(node))


def _body(node: Function) -> range:
    """The lines below the head, which runs at import already."""
    return range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1)
