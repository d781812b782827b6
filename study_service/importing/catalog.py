"""What a question file says of the catalog, exams and objectives: what would change, and who may change it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypedDict

from study_service import exams
from study_service.banks.bank import Bank, Objective, Problem, Question
from study_service.objectives import Known, New

GENERAL = "General"  # the objective of questions that name none
TOLERANCE = 0.01  # of the sum of weights: whole per cents of thirds add up to 0.99

_EMPTY = "there is no question in it that can be imported, so it changes no exam and no objective"


class ObjectiveOutcome(TypedDict):
    """What becomes of an objective: created, updated, restored, missing or retired; of an updated one, which fields."""

    code: str
    name: str
    outcome: str
    fields: list[str]


@dataclass(slots=True)
class Catalog:
    """The objectives of an exam as a file wants them; `codes` has the code of each by its name in the file.

    `described` are the names of those that it describes; others are only named by its questions. `missing` are active
    ones that are not in a file which describes its exam.
    """

    codes: dict[str, str] = field(default_factory=dict)
    described: frozenset[str] = frozenset()
    new: list[New] = field(default_factory=list)
    changed: list[Known] = field(default_factory=list)
    missing: list[Known] = field(default_factory=list)
    outcomes: list[ObjectiveOutcome] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def keep(self, used: Collection[str]) -> None:
        """Forget new objectives that the file does not describe, except those whose codes are used."""
        needless = [row["code"] for row in self.new if row["name"] not in self.described and row["code"] not in used]
        self.new = [row for row in self.new if row["code"] not in needless]
        self.outcomes = [one for one in self.outcomes if one["outcome"] != "created" or one["code"] not in needless]

    def retire(self) -> None:
        """Take the missing ones out of the catalog."""
        self.changed += [{**row, "is_active": 0} for row in self.missing]
        for outcome in self.outcomes:
            if outcome["outcome"] == "missing":
                outcome["outcome"] = "retired"


def home(question: Question) -> str:
    """The name of the objective that a question goes to."""
    return question.objective or GENERAL


def plan(bank: Bank, stored: Sequence[Known]) -> Catalog:
    """An objective is that of its code, or else that of its name; a new name of a code renames it."""
    catalog = Catalog(described=frozenset(objective.name for objective in bank.objectives))
    by_code = {row["code"]: row for row in stored}
    by_name = {row["name"]: row for row in sorted(stored, key=lambda row: row["is_active"])}
    in_file = {objective.code for objective in bank.objectives}
    taken = by_code.keys() | in_file
    free = (str(number) for number in range(1, 100_000) if str(number) not in taken)
    left = {row["id"]: row for row in stored}
    for objective in _named(bank):
        row = by_code.get(objective.code or "")
        if row is None and (named := by_name.get(objective.name)) and not (objective.code and named["code"] in in_file):
            row = named
        row = left.pop(row["id"], None) if row else None
        if row is None:
            _create(catalog, objective, objective.code or next(free), len(stored))
        else:
            _change(catalog, objective, row)
    if bank.exam is not None:
        catalog.missing = [row for row in left.values() if row["is_active"]]
        catalog.outcomes += [_outcome(row, "missing") for row in catalog.missing]
    else:
        catalog.weights += [row["weight"] for row in left.values() if row["is_active"]]
    return catalog


def _named(bank: Bank) -> list[Objective]:
    """The objectives that the file describes, and those that its questions name and it does not."""
    described = {objective.name for objective in bank.objectives}
    names = dict.fromkeys(home(question) for question in bank.questions)
    return [*bank.objectives, *(Objective(name) for name in names if name not in described)]


def _create(catalog: Catalog, objective: Objective, code: str, stored: int) -> None:
    weight = objective.weight or 0.0
    place = stored + len(catalog.new)
    new: New = {
        "code": code,
        "name": objective.name,
        "description": objective.description or None,
        "weight": weight,
        "sort_order": place,
    }
    catalog.new.append(new)
    catalog.codes[objective.name] = code
    catalog.weights.append(weight)
    catalog.outcomes.append({"code": code, "name": objective.name, "outcome": "created", "fields": []})


def _change(catalog: Catalog, objective: Objective, row: Known) -> None:
    wanted: Known = {**row, "name": objective.name, "code": objective.code or row["code"], "is_active": 1}
    if objective.description is not None:
        wanted["description"] = objective.description or None
    if objective.weight is not None:
        wanted["weight"] = objective.weight
    catalog.codes[objective.name] = wanted["code"]
    catalog.weights.append(wanted["weight"])
    if wanted == row:
        return
    catalog.changed.append(wanted)
    fields = [name for name in ("code", "name", "description", "weight") if wanted[name] != row[name]]
    catalog.outcomes.append(_outcome(wanted, "updated" if row["is_active"] else "restored", fields))


def _outcome(row: Known, outcome: str, fields: Sequence[str] = ()) -> ObjectiveOutcome:
    return {"code": row["code"], "name": row["name"], "outcome": outcome, "fields": list(fields)}


def warnings(bank: Bank, catalog: Catalog) -> list[Problem]:
    """What is strange in the weights of an exam whose objectives' weights the file states."""
    if not any(objective.weight is not None for objective in bank.objectives):
        return []
    total = sum(catalog.weights) + sum(row["weight"] for row in catalog.missing)
    if abs(total - 1) <= TOLERANCE + 1e-9:
        return []
    gone = ", ".join(repr(row["name"]) for row in catalog.missing)
    behind = f"; not in the file: {gone}" if gone else ""
    return [Problem(0, None, f"the weights of the exam's objectives add up to {100 * total:g} %, not to 100 %{behind}")]


def checked(bank: Bank, exam: exams.Known | None, named: Sequence[Known], *, keeps_catalog: bool) -> Bank:
    """The bank, in which each change of the catalog that this import may not make has become a problem.

    Only those who keep the catalog change it, and only together with questions. Others may import a file that
    describes its exam as it is stored; a question under another objective is a problem of that question.
    """
    changes = list(_changes(bank, exam, named))
    if keeps_catalog:
        problems = [Problem(0, None, _EMPTY)] if changes and not bank.questions else []
        return replace(bank, problems=[*problems, *bank.problems])
    problems = [Problem(0, None, f"only an admin may {change}") for change in changes]
    described = {row["name"] for row in named if row["is_active"]} | {objective.name for objective in bank.objectives}
    homeless = {one.item: one for one in bank.questions if one.objective and one.objective not in described}
    problems += [Problem(item, question.line, not_yours(home(question))) for item, question in homeless.items()]
    questions = [question for question in bank.questions if question.item not in homeless]
    return replace(bank, questions=questions, problems=[*problems, *bank.problems])


def not_yours(objective: str) -> str:
    return f"only an admin may add the objective {objective!r}"


def _changes(bank: Bank, exam: exams.Known | None, named: Sequence[Known]) -> Iterator[str]:
    """What the file says of exams and objectives that is not so yet, in words that follow `may`."""
    if bank.exam is not None and exam is None:
        yield f"add the exam {bank.exam.vendor} {bank.exam.code}"
    elif bank.exam is not None and exam is not None and exam["name"] != bank.exam.name:
        yield f"rename the exam to {bank.exam.name!r}"
    described = plan(replace(bank, questions=[]), named)
    words: Mapping[str, str] = {"created": "add", "updated": "change", "restored": "restore"}
    for outcome in described.outcomes:
        if outcome["outcome"] in words:
            yield f"{words[outcome['outcome']]} the objective {outcome['name']!r}"
