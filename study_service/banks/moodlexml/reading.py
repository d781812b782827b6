"""Reader of Moodle XML."""

from dataclasses import replace

from study_service.banks import xml
from study_service.banks.bank import MAX_OBJECTIVES, MAX_QUESTIONS, Bank, Problem, Unusable
from study_service.banks.moodlexml import categories, question
from study_service.banks.moodlexml.categories import Category
from study_service.banks.moodlexml.texts import signs

MAX_SIGNS = 1_000_000  # that may begin a tag or an entity, or end a line: each takes microseconds to read


def read(data: bytes) -> Bank:
    try:
        root = xml.parse(data)
    except xml.Unsafe as error:
        return _unusable(error.line, str(error))
    if root.tag != "quiz":
        return _unusable(root.line, f"it begins with <{root.tag}>, where Moodle XML has <quiz>")
    if sum(signs(text.text or "") for text in root.iter("text")) > MAX_SIGNS:
        return _unusable(None, f"its texts have more than {MAX_SIGNS:,} tags, entities and lines: import it in parts")
    return _Reader().read(root)


def _unusable(line: int | None, message: str) -> Bank:
    return Bank(problems=[Problem(0, line, message)])


class _Reader:
    def __init__(self) -> None:
        self.bank = Bank()
        self.categories: list[Category] = []
        self.used: set[str] = set()  # names of the categories with questions

    def read(self, root: xml.Element) -> Bank:
        item = 0
        for element in root:
            if element.tag != "question":
                self.bank.losses.append(Problem(0, element.line, f"<{element.tag}>"))
            elif element.get("type") == "category":
                self.categories.append(categories.read(element, element.line))
            else:
                item += 1
                self._question(item, element)
            if item > MAX_QUESTIONS:
                return _unusable(element.line, f"more than {MAX_QUESTIONS:,} questions: import them in several files")
        return self._with_objectives()

    def _question(self, item: int, element: xml.Element) -> None:
        category = self.categories[-1] if self.categories else Category(0, ())
        try:
            if category.problem:
                raise Unusable(category.problem)
            asked, losses = question.read(element, item, element.line, category.name)
        except Unusable as reason:
            self.bank.problems.append(Problem(item, element.line, str(reason)))
            return
        self.used |= {category.name} if category.name else set()
        self.bank.questions.append(asked)
        self.bank.losses.extend(Problem(item, element.line, loss) for loss in losses)

    def _with_objectives(self) -> Bank:
        objectives = categories.objectives(self.categories, self.used)
        if len(self.used | {objective.name for objective in objectives}) > MAX_OBJECTIVES:
            return _unusable(None, f"more than {MAX_OBJECTIVES} categories: import them in several files")
        losses = [*categories.lost(self.categories, self.used), *self.bank.losses]
        return replace(self.bank, objectives=objectives, losses=losses)
