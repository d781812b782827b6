"""Writer of Moodle XML."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from study_service.banks.bank import Bank, Objective, Problem, Question, Unusable, Written
from study_service.banks.moodlexml import categories, difference, elements
from study_service.banks.moodlexml import question as questions


def write(bank: Bank) -> Written:
    """What is lost of a question is found by reading what was written of it."""
    return _Writer(bank).write()


class _Writer:
    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self.unwritten: dict[str | None, Objective] = {objective.name: objective for objective in bank.objectives}
        self.named = set[str | None]()  # objectives that can be categories
        self.root = Element("quiz")
        self.losses: list[Problem] = []

    def write(self) -> Written:
        if self.bank.exam:
            self._lose(0, [f"the exam {self.bank.exam.vendor} {self.bank.exam.code}, {self.bank.exam.name!r}"])
        category: str | None = None
        for asked in self.bank.questions:
            try:
                self._check_category(asked.objective)
                element, losses = _question(asked)
            except Unusable as reason:
                self._lose(asked.item, [f"left out: {reason}"])
                continue
            if asked.objective != category:
                category = asked.objective
                self._begin(category)
            self.root.append(element)
            self._lose(asked.item, losses)
        for objective in list(self.unwritten.values()):
            self._begin_unused(objective)
        ET.indent(self.root)
        return Written(ET.tostring(self.root, encoding="utf-8", xml_declaration=True), self.losses)

    def _lose(self, item: int, losses: Iterator[str] | list[str]) -> None:
        self.losses += [Problem(item, None, loss) for loss in losses]

    def _check_category(self, name: str | None) -> None:
        if name not in self.named and categories.read(elements.category(name, None)).name != name:
            raise Unusable(f"no category can have the name of its objective, {name!r}")
        self.named.add(name)

    def _begin(self, name: str | None) -> None:
        """Begin a category, with what the bank says of its objective where it is the first time."""
        objective = self.unwritten.pop(name, None)
        element = elements.category(name, objective)
        self.root.append(element)
        if objective:
            self._lose(0, _of_objective(objective, categories.read(element)))

    def _begin_unused(self, objective: Objective) -> None:
        if categories.read(elements.category(objective.name, objective)).code:
            self._begin(objective.name)
        else:
            self._lose(0, [f"the objective {objective.name!r}, which has neither a question nor a code"])


def _question(asked: Question) -> tuple[Element, list[str]]:
    """The question as an element, and what is lost of it. Unusable where it cannot be written at all."""
    element = elements.question(asked)
    back, _ = questions.read(element, asked.item, asked.line, asked.objective)
    return element, list(difference.lost(asked, back))


def _of_objective(objective: Objective, category: categories.Category) -> Iterator[str]:
    if objective.weight is not None:
        yield f"the weight of the objective {objective.name!r}"
    if objective.code != category.code:
        yield f"the code of the objective {objective.name!r} as it is written"
    if (objective.description or None) != category.description:
        yield f"some characters or space of the description of the objective {objective.name!r}"
