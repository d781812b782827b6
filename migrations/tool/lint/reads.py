"""Which tables and columns the services' code speaks of, found in its source without importing it.

Rather too much than too little: a word of an SQL text counts for every table that the text names, a text that names no
table for every table of its module, and a model that is passed on counts with all its columns.
"""

import ast
import importlib.util
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from migrations.tool.lint import owners
from shared_schema import tables
from shared_schema.tables import OWNERS

# The packages of each service. What both services run counts for each of them.
PACKAGES: dict[str, tuple[str, ...]] = {
    "study": ("study_service", "shared_schema"),
    "growth": ("growth_service", "shared_schema"),
}
Reads = dict[str, dict[str, str]]
"""Where each column of each table is spoken of, as `file:line`; under "" the table itself."""

_WORD = re.compile(r"\w+")
_SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|FROM|JOIN|INTO)\b", re.IGNORECASE)
_ALL_COLUMNS = re.compile(r"(\bSELECT|,|\.)\s*\*", re.IGNORECASE)
_WITH_COLUMNS = ("insert", "update", "create", "replace")
_NO_COLUMNS = ("delete", "alias", "raw", "bind")


def services() -> dict[str, Reads]:
    """What each service's code speaks of."""
    return {service: scan(_files(packages)) for service, packages in PACKAGES.items()}


def scan(files: Iterable[Path]) -> Reads:
    """What these source files speak of."""
    found: Reads = {}
    known = frozenset(owners.by_table())  # also those which have lost their model: that is when they are dropped
    for path in files:
        for table, columns in _module(path, path.stat().st_mtime_ns, known).items():
            found[table] = columns | found.get(table, {})
    return found


def _files(packages: Iterable[str]) -> Iterator[Path]:
    """All modules but the tables themselves: that a model declares a column does not mean that anybody reads it."""
    for package in packages:
        for path in sorted(path for folder in _folders(package) for path in folder.rglob("*.py")):
            if path.parent != Path(tables.__file__).parent:
                yield path


def _folders(package: str) -> list[Path]:
    """Where a package lies, which is found and not imported. A service that is not installed here has no folder."""
    spec = importlib.util.find_spec(package)
    return [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec else []


@lru_cache(maxsize=512)
def _module(path: Path, _: int, known: frozenset[str]) -> Reads:
    tree = ast.parse(path.read_text(), str(path))
    place = _place(path)
    found: Reads = {}
    for table, column, line in [*_through_models(tree), *_through_texts(tree, known)]:
        found.setdefault(table, {}).setdefault("", f"{place}:{line}")
        found[table].setdefault(column, f"{place}:{line}")
    for word, line in _fragments(tree, known):
        for columns in found.values():
            columns.setdefault(word, f"{place}:{line}")
    return found


def _place(path: Path) -> str:
    """The path from the folder that the package lies in, for people."""
    roots = [folder.parent for names in PACKAGES.values() for package in names for folder in _folders(package)]
    return next((str(path.relative_to(root)) for root in roots if path.is_relative_to(root)), path.name)


def _through_models(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    """Table, column and line of every mention of a model."""
    models, parents = _models(tree), _parents(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.expr) or (model := models.get(ast.unparse(node))) is None:
            continue
        table, columns = _declared()[model]
        for attribute in _spoken_of(node, parents):
            wanted = columns.values() if attribute == "*" else [columns.get(attribute, attribute)]
            yield from ((table, column, node.lineno) for column in wanted)


def _spoken_of(model: ast.expr, parents: dict[ast.AST, ast.AST]) -> list[str]:
    """Which attributes of a model its mention is about; * for all, "" for none."""
    used = parents.get(model)
    if not (isinstance(used, ast.Attribute) and used.value is model):
        return ["*"]
    call = parents.get(used)
    if not (isinstance(call, ast.Call) and call.func is used):
        return ["*"] if used.attr in ("select", *_WITH_COLUMNS) else [used.attr]
    if used.attr == "select":
        return [""] if call.args else ["*"]
    if used.attr in _WITH_COLUMNS and not call.args and all(keyword.arg for keyword in call.keywords):
        return [str(keyword.arg) for keyword in call.keywords]
    return [""] if used.attr in _NO_COLUMNS else ["*"]


def _models(tree: ast.Module) -> dict[str, str]:
    """How the module calls the models: `Exam`, an alias, `study.Exam`."""
    names = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("shared_schema.tables"):
            continue
        for alias in node.names:
            called = alias.asname or alias.name
            here = {called: alias.name} if alias.name in _declared() else {f"{called}.{m}": m for m in _declared()}
            names.update(here)
    return names


def _declared() -> dict[str, tuple[str, dict[str, str]]]:
    """Each model's table, and its columns by field."""
    return {
        model.__name__: (model._meta.table_name, {name: f.column_name for name, f in model._meta.fields.items()})
        for models in OWNERS.values()
        for model in models
    }


def _parents(tree: ast.Module) -> dict[ast.AST, ast.AST]:
    return {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}


def _through_texts(tree: ast.Module, known: frozenset[str]) -> Iterator[tuple[str, str, int]]:
    """Table, column and line of every text that names a table: SQL, or nothing but the name."""
    for text, line in _texts(tree):
        for table in _named(text, known):
            yield table, "", line
            yield from ((table, word, line) for word in _WORD.findall(text))
            if _ALL_COLUMNS.search(text):
                yield from ((table, column, line) for column in _columns_of(table))


def _fragments(tree: ast.Module, known: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Words of the texts that name no table: pieces of SQL, and keys of rows."""
    for text, line in _texts(tree):
        if not _named(text, known):
            yield from ((word, line) for word in _WORD.findall(text))


def _named(text: str, known: frozenset[str]) -> frozenset[str]:
    return known.intersection(_WORD.findall(text)) if _SQL.search(text) else known & {text}


def _columns_of(table: str) -> list[str]:
    return [column for name, columns in _declared().values() if name == table for column in columns.values()]


def _texts(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every text of a module but docstrings; the constant pieces of an f-string as one."""
    parents = _parents(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            pieces = [str(each.value) for each in node.values if isinstance(each, ast.Constant)]
            yield " ? ".join(pieces), node.lineno
        elif isinstance(parents.get(node), ast.Expr | ast.JoinedStr):
            continue
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, node.lineno
