"""The categories of a Moodle file, in whose places the exam has objectives."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from study_service.banks import paths
from study_service.banks.bank import ID_LIMIT, NAME_LIMIT, Objective, Problem, Unusable
from study_service.banks.moodlexml import texts
from study_service.banks.moodlexml.answers import stated
from study_service.banks.moodlexml.texts import Texts


@dataclass(frozen=True, slots=True)
class Category:
    """`path` has its names from the outermost on; without any the questions behind it have no objective.

    `problem` is why they cannot be imported, if they cannot.
    """

    line: int
    path: tuple[str, ...]
    code: str | None = None
    description: str | None = None
    losses: Sequence[str] = ()
    problem: str | None = None

    @property
    def name(self) -> str | None:
        return self.path[-1] if self.path else None


def read(element: Element, line: int = 0) -> Category:
    try:
        path = paths.names(texts.plain(element.find("category"), "its category"))
    except Unusable as reason:
        return Category(line, (), problem=str(reason))
    if path and len(path[-1]) > NAME_LIMIT:
        return Category(line, (), problem=f"the name of its category is longer than {NAME_LIMIT} characters")
    code, shown, losses = stated(element, "idnumber"), Texts(element), list[str]()
    if len(code) > ID_LIMIT:
        losses, code = ["its id number, which is too long"], ""
    try:
        description = shown.feedback(element.find("info"), "its description")
    except Unusable as reason:
        losses, description = [*losses, str(reason)], None
    return Category(line, path, code or None, description, [*losses, *shown.losses])


def objectives(categories: Sequence[Category], used: Container[str]) -> list[Objective]:
    """What the file says of objectives: those that have a code, and those of questions that have a description."""
    described: dict[str, Objective] = {}
    for category in categories:
        if category.name and (category.code or (category.description and category.name in used)):
            objective = Objective(category.name, category.description, code=category.code)
            described.setdefault(category.name, objective)
    return list(described.values())


def lost(categories: Sequence[Category], used: Container[str]) -> Iterator[Problem]:
    """What of each category is not imported, once."""
    first: dict[tuple[str, ...], Category] = {}
    by_name: dict[str, Category] = {}
    for category in categories:
        if category.name is None or first.setdefault(category.path, category) is not category:
            continue
        for loss in _lost(category, by_name.setdefault(category.name, category), used):
            yield Problem(0, category.line, loss)


def _lost(category: Category, namesake: Category, used: Container[str]) -> Iterator[str]:
    where = repr("/".join(category.path))
    if category.name not in used and category.code is None:
        yield f"the category {where}, of which no question is imported"
        return
    if len(category.path) > 1:
        yield f"all of the category {where} but its last name"
    if namesake is not category:
        yield f"that the category {where} is another than {'/'.join(namesake.path)!r}"
    yield from (f"of the category {where}: {loss}" for loss in category.losses)
