"""What an import does with each question of a file, and the report of it. No database here."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypedDict

from shared_schema.fields import loads
from study_service import digests, resembling
from study_service.banks.bank import Problem
from study_service.importing import options
from study_service.importing.catalog import Catalog, ObjectiveOutcome
from study_service.importing.content import FIELDS, Content, Item
from study_service.importing.matching import Known
from study_service.importing.stored import Changed, New, Stored

MAX_NOTES = 1_000  # losses and warnings in a report
MAX_ERRORS = 100  # of so many characters each
MAX_MESSAGE = 300

# What is asked. A change of it is a new version; what is only said about it changes in the present one.
_ASKED = ("text", "type", "answers", "image_url")
_OPTIONAL = (
    "explanation", "reference", "external_link", "difficulty", "tags", "image_url", "objective", "ai_model",
    "ai_prompt_version", "ai_confidence_score",
)  # fmt: skip


# What becomes of an item: it is updated in some fields, only moved to another objective, or brought back after it was
# deleted. A repeated one says what another item says; missing and retired are questions that the file does not have.
OUTCOMES = ("created", "updated", "moved", "restored", "unchanged", "repeated", "refused", "missing", "retired")
OBJECTIVE_OUTCOMES = ("created", "updated", "restored", "missing", "retired")


class Outcome(TypedDict):
    """What becomes of an item of the file, one of OUTCOMES; `item` is 0 for a question that the file does not have."""

    item: int
    line: int | None
    outcome: str
    question_id: int | None
    fields: list[str]


class Note(TypedDict):
    """A Problem in a report."""

    item: int
    line: int | None
    message: str


class Report(TypedDict):
    """What an import has done. `imported` counts new questions, `updated` all that are not as they were, `skipped`
    those that are; `more_…` say how many notes are not in the report.
    """

    imported: int
    updated: int
    skipped: int
    missing: int
    errors: list[Note]
    more_errors: int
    losses: list[Note]
    more_losses: int
    warnings: list[Note]
    more_warnings: int
    objectives: list[ObjectiveOutcome]
    items: list[Outcome]


@dataclass(slots=True)
class Plan:
    """What an import would do, before it does it. `status` is the review status that all questions shall get.

    `carried` is what the file's format can say of an option beside its text and key.
    """

    problems: list[Problem]
    losses: list[Problem]
    carried: Collection[str]
    status: str | None = None
    catalog: Catalog = field(default_factory=Catalog)
    warnings: list[Problem] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    contents: dict[str, Item] = field(default_factory=dict)  # by digest, of questions that are there
    created: list[New] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    retired: list[int] = field(default_factory=list)

    @property
    def unusable_file(self) -> bool:
        """Whether the file itself is wrong, not only some of its questions."""
        return any(problem.item == 0 for problem in self.problems)

    def create(self, item: Item) -> None:
        bands = resembling.bands(item.content["text"])
        self.created.append({**item.content, "bands": bands, "review_status": self.status or "pending"})
        self._tell(item, "created", None)

    def leave(self, item: Item, known: Known) -> None:
        self._tell(item, "unchanged", known["id"])

    def compare(self, item: Item, stored: Stored) -> None:
        """Change a stored question where the file says something else of it.

        Without a status to give, an approved question stays approved; another one whose text, type, options or picture
        change waits for a review anew.
        """
        content = self._merged(item, stored)
        twin = self.contents.setdefault(content["content_digest"], item)
        if twin is not item:
            self.problems.append(Problem(item.item, item.line, f"it would be the same question as item {twin.item}"))
            return
        fields = [name for name in content if name in FIELDS and content[name] != stored[name]]  # type: ignore[literal-required]  # columns
        is_version = any(name in fields for name in _ASKED)
        status = self.status or ("pending" if is_version and stored["review_status"] != "approved" else None)
        becomes = status or stored["review_status"]
        if becomes != stored["review_status"]:
            fields.append("review_status")
        if not fields and stored["is_active"]:
            self._tell(item, "unchanged", stored["id"])
            return
        self.changed.append(
            {
                **content,
                "id": stored["id"],
                "review_status": becomes,
                "is_reviewed": int("review_status" in fields or is_version),
                "is_version": int(is_version),
                "was_version": stored["version"],
                "was_updated_at": stored["updated_at"],
            }
        )
        outcome = "moved" if fields == ["objective"] else "updated"
        self._tell(item, outcome if stored["is_active"] else "restored", stored["id"], fields)

    def refuse(self) -> None:
        """Tell of each item that is a problem, and that of each question that is missing from the file."""
        refused = {problem.item: problem for problem in self.problems if problem.item}
        self.outcomes += [_outcome(problem, "refused") for problem in refused.values()]
        self.outcomes.sort(key=lambda outcome: outcome["item"])
        gone = "retired" if self.retired else "missing"
        self.outcomes += [
            {"item": 0, "line": None, "outcome": gone, "question_id": question, "fields": []}
            for question in self.missing
        ]

    def report(self, *, applied: bool) -> Report:
        counts = _counts(self.outcomes)
        errors, losses, warnings = self.problems, self.losses, self.warnings
        return {
            "imported": len(self.created) if applied else 0,
            "updated": len(self.changed) if applied else 0,
            "skipped": counts.get("unchanged", 0) + counts.get("repeated", 0),
            "missing": len(self.missing),
            "errors": _notes(errors[:MAX_ERRORS]),
            "more_errors": len(errors[MAX_ERRORS:]),
            "losses": _notes(losses[:MAX_NOTES]),
            "more_losses": len(losses[MAX_NOTES:]),
            "warnings": _notes(warnings[:MAX_NOTES]),
            "more_warnings": len(warnings[MAX_NOTES:]),
            "objectives": self.catalog.outcomes if applied else [],
            "items": self.outcomes if applied else [],
        }

    def _merged(self, item: Item, stored: Stored) -> Content:
        """What the file says; what it does not state is as it is stored."""
        content: Content = {**item.content}
        content["answers"] = options.kept(content["type"], content["answers"], stored["answers"], self.carried)
        content["content_digest"] = digests.of_content(content["text"], content["type"], loads(content["answers"]))
        if "lines" not in self.carried and content["text_digest"] == stored["text_digest"]:
            content["text"] = stored["text"]
        if "true_false" not in self.carried and (content["type"], stored["type"]) == ("multiple_choice", "true_false"):
            content["type"] = stored["type"]
        is_same = content["text"] == stored["text"]
        content["bands"] = stored["bands"] if is_same else resembling.bands(content["text"])
        if content["external_id"] is None:
            content["external_id"] = stored["external_id"]
        for name in _OPTIONAL:
            if name not in item.states or (name == "tags" and loads(content["tags"]) == loads(stored["tags"])):
                content[name] = stored[name]  # type: ignore[literal-required]  # a column of both
        return content

    def _tell(self, item: Item, outcome: str, question_id: int | None, fields: Sequence[str] = ()) -> None:
        told = [FIELDS[name] for name in fields]
        self.outcomes.append(
            {"item": item.item, "line": item.line, "outcome": outcome, "question_id": question_id, "fields": told}
        )


def repeated(problems: Iterable[Problem]) -> list[Outcome]:
    """The outcomes of items that only say what another one says."""
    return [_outcome(problem, "repeated") for problem in problems]


def _outcome(problem: Problem, outcome: str) -> Outcome:
    return {"item": problem.item, "line": problem.line, "outcome": outcome, "question_id": None, "fields": []}


def _counts(outcomes: Iterable[Outcome]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for outcome in outcomes:
        counts[outcome["outcome"]] = counts.get(outcome["outcome"], 0) + 1
    return counts


def _notes(problems: Sequence[Problem]) -> list[Note]:
    return [{"item": one.item, "line": one.line, "message": _short(one).message} for one in problems]


def _short(problem: Problem) -> Problem:
    """The problem with no more of its message than a reader wants: texts of the file may be in it."""
    text = problem.message
    return problem if len(text) <= MAX_MESSAGE else replace(problem, message=text[:MAX_MESSAGE] + "…")
