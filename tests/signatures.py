"""How many functions of each room have `Any`, or a dict of it, in their signature: `python -m tests.signatures`."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

ROOT = Path(__file__).parents[1]
ROOMS = ("study_service", "growth_service", "shared_schema", "migrations", "deploy")


@dataclass(frozen=True, slots=True)
class Share:
    """The functions of a room, and those whose parameters or result are of no named type."""

    functions: int
    unnamed: tuple[str, ...]

    @property
    def percent(self) -> float:
        return 100 * len(self.unnamed) / self.functions


def share(room: str, root: Path = ROOT) -> Share:
    """Count the functions of a room, methods included."""
    functions = [(path, node, names) for path in _modules(root / room) for node, names in _functions(path)]
    unnamed = [f"{path.relative_to(root)}:{node.name}" for path, node, names in functions if _is_unnamed(node, names)]
    return Share(len(functions), tuple(unnamed))


def _modules(directory: Path) -> list[Path]:
    """All modules but the migration files, which have a fixed signature."""
    return sorted(path for path in directory.rglob("*.py") if not path.name[0].isdigit())


def _functions(path: Path) -> Iterator[tuple[ast.FunctionDef, frozenset[str]]]:
    """Each function of a module, with the names that mean `Any` there: itself, and aliases such as `Row`."""
    tree = ast.parse(path.read_text())
    names = {"Any"}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and "Any" in ast.unparse(node.value):
            names.add(node.targets[0].id)
        if isinstance(node, ast.ImportFrom):
            names |= {alias.name for alias in node.names if alias.name in ("Row", "Json")}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield node, frozenset(names)


def _is_unnamed(function: ast.FunctionDef, names: frozenset[str]) -> bool:
    args = function.args
    parameters = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    annotations = [parameter.annotation for parameter in parameters if parameter] + [function.returns]
    nodes = (node for annotation in annotations if annotation for node in ast.walk(annotation))
    return any(isinstance(node, ast.Name) and node.id in names for node in nodes)


if __name__ == "__main__":
    for room in ROOMS:
        counted = share(room)
        unnamed = f"{len(counted.unnamed):>4} of {counted.functions:>4} functions"
        click.echo(f"{room:<15} {unnamed}  {counted.percent:5.1f} %")
