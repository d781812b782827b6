"""The mutants of a module: its text with one mistake each, in Python (mutmut's operators and ours) or in SQL (ours)."""

import ast
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import libcst as cst
from libcst import metadata
from mutmut.mutation.mutators import mutation_operators, operator_assignment, operator_string

from tests.mutation import sql

KINDS = ("python", "sql")
_STRINGS = (cst.SimpleString, cst.FormattedString, cst.ConcatenatedString)


@dataclass(frozen=True, slots=True)
class Mutant:
    """`code` is the whole module with the mistake that stands in `line`; `name` says which kind of mistake."""

    line: int
    kind: str
    name: str
    code: str


def of(code: str, kinds: Iterable[str] = KINDS) -> list[Mutant]:
    """Every mutant of a module, by place; none twice, and each of them compiles."""
    wrapper = metadata.MetadataWrapper(cst.parse_module(code))
    reader = _Reader(code, wrapper.module)
    wrapper.visit(reader)
    unique = {mutant.code: mutant for mutant in reversed(reader.mutants) if mutant.kind in kinds}
    return sorted((m for m in unique.values() if _compiles(m.code)), key=lambda m: (m.line, m.kind, m.name, m.code))


def sample(mutants: list[Mutant], size: int | None) -> list[Mutant]:
    """So many of them, or all; the same ones each time."""
    if size is None or size >= len(mutants):
        return mutants
    chosen = sorted(random.Random(0).sample(range(len(mutants)), size))
    return [mutants[index] for index in chosen]


def _compiles(code: str) -> bool:
    try:
        ast.parse(code)
    except SyntaxError:
        return False
    return True


class _Reader(cst.CSTVisitor):
    """Walks through a module and keeps a mutant for each mistake that can be made at a node."""

    METADATA_DEPENDENCIES = (metadata.PositionProvider,)

    def __init__(self, code: str, module: cst.Module) -> None:
        super().__init__()
        self.mutants: list[Mutant] = []
        self._code, self._module = code, module
        self._starts = [0]
        for line in code.split("\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._functions = 0

    def on_visit(self, node: cst.CSTNode) -> bool:
        if _means_nothing(node):
            return False
        self._functions += isinstance(node, cst.FunctionDef)
        if isinstance(node, _STRINGS) and sql.is_sql(self._module.code_for_node(node)):
            self._add_sql(node)
            return False
        for name, mutated in _mistakes(node, at_module_level=not self._functions):
            self._add_python(node, mutated, name)
        if isinstance(node, cst.If | cst.While) and not isinstance(node.test, cst.Comparison):
            self._add_python(node.test, _negated(node.test), "condition turned round")
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        self._functions -= isinstance(original_node, cst.FunctionDef)

    def _add_python(self, node: cst.CSTNode, mutated: cst.CSTNode, name: str) -> None:
        start, end = self._span(node)
        before, after = (self._module.code_for_node(version) for version in (node, mutated))
        if self._code[start:end] == before:
            code = self._code[:start] + after + self._code[end:]
        else:  # the span leaves brackets out; this way takes a hundred times as long
            code = self._module.deep_replace(node, mutated).code
        self._keep(start, "python", name, code)

    def _add_sql(self, node: cst.BaseExpression) -> None:
        for edit in sql.edits(self._code, list(self._bodies(node))):
            code = self._code[: edit.start] + edit.text + self._code[edit.end :]
            self._keep(edit.start, "sql", edit.name, code)

    def _keep(self, start: int, kind: str, name: str, code: str) -> None:
        self.mutants.append(Mutant(self._code.count("\n", 0, start) + 1, kind, name, code))

    def _span(self, node: cst.CSTNode) -> tuple[int, int]:
        """The offsets of a node in the file."""
        place = self.get_metadata(metadata.PositionProvider, node)
        start, end = (self._starts[at.line - 1] + at.column for at in (place.start, place.end))
        return start, end

    def _bodies(self, node: cst.CSTNode) -> Iterator[tuple[int, int]]:
        """The offsets of what stands between the quotes of each literal."""
        if isinstance(node, cst.ConcatenatedString):
            yield from self._bodies(node.left)
            yield from self._bodies(node.right)
            return
        start, end = self._span(node)
        text = self._code[start:end]
        prefix = len(text) - len(text.lstrip("rRbBfFuU"))
        quotes = 3 if text[prefix : prefix + 3] in ('"""', "'''") else 1
        yield start + prefix + quotes, end - quotes


def _means_nothing(node: cst.CSTNode) -> bool:
    """Types, decorators, imports and docstrings: a mistake there is no mistake of the program's."""
    if isinstance(node, cst.Annotation | cst.Decorator | cst.Import | cst.ImportFrom):
        return True
    return isinstance(node, cst.Expr) and isinstance(node.value, _STRINGS)


def _mistakes(node: cst.CSTNode, *, at_module_level: bool) -> Iterator[tuple[str, cst.CSTNode]]:
    for kind, operator in mutation_operators:
        if not isinstance(node, kind) or (operator is operator_assignment and _names_a_type(node, at_module_level)):
            continue
        made = list(operator(node))
        for mutated in made[:1] if operator is operator_string else made:  # not the same text in capitals as well
            yield operator.__name__.removeprefix("operator_").replace("_", " "), mutated
    if _does_something(node):
        yield "statement dropped", cst.Pass()
    if isinstance(node, cst.List | cst.Tuple):
        yield from (("element dropped", made) for made in _without_a_call(node))


def _names_a_type(node: cst.CSTNode, at_module_level: bool) -> bool:
    """`Row = dict[str, Any]`"""
    value = node.value if isinstance(node, cst.Assign) else None
    return at_module_level and isinstance(value, cst.Subscript | cst.BinaryOperation | cst.Name)


def _negated(test: cst.BaseExpression) -> cst.BaseExpression:
    inner = test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return cst.UnaryOperation(cst.Not(), inner)


def _does_something(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Raise | cst.Del) or (isinstance(node, cst.Expr) and isinstance(node.value, cst.Call))


def _without_a_call(node: cst.List | cst.Tuple) -> Iterator[cst.CSTNode]:
    """A batch without one of its steps: the guard, the log's entry, a statement."""
    for index, element in enumerate(node.elements):
        if isinstance(element.value, cst.Call) and len(node.elements) > 1:
            yield node.with_changes(elements=[*node.elements[:index], *node.elements[index + 1 :]])
