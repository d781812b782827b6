"""Which tables and columns the code of the services names, found in its source without importing it.

In doubt a name counts: a word of an SQL text counts for every table that the text names, a word of a text without a
table for every table of its module, and a model that is passed to a function counts with all its columns.
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
"""For each table and column where it is named, as `file:line`; the table itself is under ""."""
Parents = dict[ast.AST, ast.AST]
"""The node above each node of a module but the first."""
Text = tuple[str, int]
"""A text of a module, and its line."""

_WORD = re.compile(r"\w+")
_SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|FROM|JOIN|INTO)\b", re.IGNORECASE)
_ALL_COLUMNS = re.compile(r"(\bSELECT|,|\.)\s*\*", re.IGNORECASE)
_WITH_COLUMNS = ("insert", "update", "create", "replace")
_NO_COLUMNS = ("delete", "alias", "raw", "bind")


def services() -> dict[str, Reads]:
    """What the code of each service reads and writes, by service."""
    return {service: scan(_files(packages)) for service, packages in PACKAGES.items()}


def scan(files: Iterable[Path]) -> Reads:
    """What these source files read and write."""
    reads: Reads = {}
    known = frozenset(owners.by_table())  # also tables without a model: such a table is about to be dropped
    for path in files:
        for table, columns in _module(path, path.stat().st_mtime_ns, known).items():
            reads[table] = columns | reads.get(table, {})
    return reads


def _files(packages: Iterable[str]) -> Iterator[Path]:
    """All modules but those of the models: a column that a model declares need not be read by any code."""
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
    parents = _parents(ast.parse(path.read_text(), str(path)))
    texts = list(_texts(parents))
    place = _place(path)
    reads: Reads = {}
    for table, column, line in [*_through_models(parents), *_through_texts(texts, known)]:
        reads.setdefault(table, {}).setdefault("", f"{place}:{line}")
        reads[table].setdefault(column, f"{place}:{line}")
    for word, line in _fragments(texts, known):
        for columns in reads.values():
            columns.setdefault(word, f"{place}:{line}")
    return reads


def _place(path: Path) -> str:
    """The path from the folder that the package lies in, for people."""
    roots = [folder.parent for names in PACKAGES.values() for package in names for folder in _folders(package)]
    return next((str(path.relative_to(root)) for root in roots if path.is_relative_to(root)), path.name)


def _parents(tree: ast.Module) -> Parents:
    return {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}


def _through_models(parents: Parents) -> Iterator[tuple[str, str, int]]:
    """Table, column and line of every mention of a model."""
    models = _models(parents)
    for node in parents if models else ():
        if not isinstance(node, ast.Name | ast.Attribute) or (model := models.get(_name(node))) is None:
            continue
        table, columns = _declared()[model]
        for attribute in _attributes(node, parents):
            wanted = columns.values() if attribute == "*" else [columns.get(attribute, attribute)]
            yield from ((table, column, node.lineno) for column in wanted)


def _name(node: ast.Name | ast.Attribute) -> str:
    """`Exam` or `study.Exam`; "" for what is neither."""
    if isinstance(node, ast.Name):
        return node.id
    return f"{node.value.id}.{node.attr}" if isinstance(node.value, ast.Name) else ""


def _attributes(model: ast.expr, parents: Parents) -> list[str]:
    """The attributes that one mention of a model uses; * for all of them, "" for none."""
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


def _models(nodes: Iterable[ast.AST]) -> dict[str, str]:
    """The model behind each name that the module uses for one: `Exam`, an alias, `study.Exam`."""
    names = {}
    for node in nodes:
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("shared_schema.tables"):
            continue
        for alias in node.names:
            name = alias.asname or alias.name
            models = {name: alias.name} if alias.name in _declared() else {f"{name}.{m}": m for m in _declared()}
            names.update(models)
    return names


def _declared() -> dict[str, tuple[str, dict[str, str]]]:
    """The table of each model, and its columns by field."""
    return {
        model.__name__: (model._meta.table_name, {name: f.column_name for name, f in model._meta.fields.items()})
        for models in OWNERS.values()
        for model in models
    }


def _through_texts(texts: Iterable[Text], known: frozenset[str]) -> Iterator[tuple[str, str, int]]:
    """Table, column and line of every text that names a table: SQL, or nothing but the name."""
    for text, line in texts:
        for table in _named(text, known):
            yield table, "", line
            yield from ((table, word, line) for word in _WORD.findall(text))
            if _ALL_COLUMNS.search(text):
                yield from ((table, column, line) for column in _columns_of(table))


def _fragments(texts: Iterable[Text], known: frozenset[str]) -> Iterator[tuple[str, int]]:
    """The words of texts that name no table: pieces of SQL, and keys of rows."""
    for text, line in texts:
        if not _named(text, known):
            yield from ((word, line) for word in _WORD.findall(text))


def _named(text: str, known: frozenset[str]) -> frozenset[str]:
    return known.intersection(_WORD.findall(text)) if _SQL.search(text) else known & {text}


def _columns_of(table: str) -> list[str]:
    return [column for name, columns in _declared().values() if name == table for column in columns.values()]


def _texts(parents: Parents) -> Iterator[Text]:
    """Every text of a module but docstrings; the constant pieces of an f-string as one."""
    for node in parents:
        if isinstance(node, ast.JoinedStr):
            pieces = [str(piece.value) for piece in node.values if isinstance(piece, ast.Constant)]
            yield " ? ".join(pieces), node.lineno
        elif isinstance(parents.get(node), ast.Expr | ast.JoinedStr):
            continue
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, node.lineno
