"""What an import does with each question of a file, and the report of it. No database here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from shared_schema.fields import loads
from study_service import digests, resembling
from study_service.banks.bank import Problem
from study_service.importing import options, outcomes
from study_service.importing.catalog import Catalog
from study_service.importing.content import FIELDS, Content, Item
from study_service.importing.outcomes import Outcome, Report
from study_service.importing.stored import New, Stored
from study_service.importing.storing import Changed

# What is asked. A change of it is a new version; what is only said about it changes in the present one.
_ASKED = ("text", "type", "answers", "image_url")
_OPTIONAL = (
    "explanation", "reference", "external_link", "difficulty", "tags", "image_url", "objective", "ai_model",
    "ai_prompt_version", "ai_confidence_score",
)  # fmt: skip


@dataclass(slots=True)
class Plan:
    """What an import would do, before it does it. `status` is the review status that all questions shall get.

    `carried` is what the file's format can say of an option beside its text and key. With `by_another` the importer
    approves nothing that a model has written.
    """

    problems: list[Problem]
    losses: list[Problem]
    carried: Collection[str]
    status: str | None = None
    by_another: bool = False
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
        if self.status == "approved" and self._is_own(item.content):
            self._refuse_own(item)
            return
        bands = resembling.bands(item.content["text"])
        self.created.append({**item.content, "bands": bands, "review_status": self.status or "pending"})
        self._tell(item, "created", None)

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
        is_approval = becomes == "approved" and ("review_status" in fields or is_version)
        if is_approval and "ai_model" in item.states and self._is_own(content):
            self._refuse_own(item)
            return
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
        self.outcomes += [outcomes.outcome(problem, "refused") for problem in refused.values()]
        self.outcomes.sort(key=lambda outcome: outcome["item"])
        gone = "retired" if self.retired else "missing"
        self.outcomes += [
            {"item": 0, "line": None, "outcome": gone, "question_id": question, "fields": []}
            for question in self.missing
        ]

    def report(self, *, applied: bool) -> Report:
        counts = outcomes.counts(self.outcomes)
        errors, losses, warnings = self.problems, self.losses, self.warnings
        return {
            "imported": len(self.created) if applied else 0,
            "updated": len(self.changed) if applied else 0,
            "skipped": counts.get("unchanged", 0) + counts.get("repeated", 0),
            "missing": len(self.missing),
            "errors": outcomes.notes(errors[: outcomes.MAX_ERRORS]),
            "more_errors": len(errors[outcomes.MAX_ERRORS :]),
            "losses": outcomes.notes(losses[: outcomes.MAX_NOTES]),
            "more_losses": len(losses[outcomes.MAX_NOTES :]),
            "warnings": outcomes.notes(warnings[: outcomes.MAX_NOTES]),
            "more_warnings": len(warnings[outcomes.MAX_NOTES :]),
            "objectives": self.catalog.outcomes if applied else [],
            "items": self.outcomes if applied else [],
        }

    def _is_own(self, content: Content) -> bool:
        """Whether the importer brings what a model has written, and somebody else has to approve that."""
        return self.by_another and content["ai_model"] is not None

    def _refuse_own(self, item: Item) -> None:
        message = "a model has written it: somebody else approves it than who brings it"
        self.problems.append(Problem(item.item, item.line, message))

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
