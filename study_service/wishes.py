"""What a learner asks for: the mode of a pick and its filters."""

from dataclasses import dataclass
from typing import TypedDict

import marshmallow

from shared_schema.rows import Unusable
from shared_schema.tables import study
from shared_schema.tables.study import StudySession

MODES, ONLY = study.SESSION_MODES, study.ONLY
MOST_TAGS = 10
SPARE = 4  # so many more questions are read than asked for, to stand in for those that cannot be used
_RECENT_HOURS = 24
_KEPT = {name: StudySession._meta.fields[name].shape for name in ("objectives", "difficulty_filter", "filters")}


class _Between(TypedDict, total=False):
    min: int
    max: int


class _More(TypedDict, total=False):
    tags: list[str]
    only: str
    excludeRecentHours: int


class Documents(TypedDict):
    """What the columns of a session keep of a wish."""

    objectives: list[int] | None
    difficulty_filter: _Between | None
    filters: _More | None


@dataclass(frozen=True, slots=True)
class Wish:
    """A question passes if it is of one of the objectives, has one of the tags, and so on; an empty filter passes all.

    `exclude_recent_hours` None means the mode's own, see `hours`.
    """

    exam_id: int
    count: int
    mode: str = "practice"
    objective_ids: tuple[int, ...] = ()
    difficulty: tuple[int, int] = (1, 5)
    exclude_recent_hours: int | None = None
    tags: tuple[str, ...] = ()
    only: str | None = None
    time_box_seconds: int | None = None

    @property
    def hours(self) -> int:
        """For how many hours a question that was answered is not asked again.

        What the learner has missed or marked is meant to come again: there it is 0 unless she says otherwise.
        """
        if self.exclude_recent_hours is not None:
            return self.exclude_recent_hours
        return 0 if self.mode == "review" or self.only else _RECENT_HOURS

    def filters(self) -> dict[str, object] | None:
        """The document of the column `filters` of a session; None where there is nothing to keep."""
        kept = {"tags": list(self.tags), "only": self.only, "excludeRecentHours": self.exclude_recent_hours}
        return {name: value for name, value in kept.items() if value not in (None, [])} or None


def kept(exam_id: int, mode: str, documents: Documents) -> Wish:
    """The wish that a session was started with, from the documents of its columns; how many is not kept.

    Unusable for a document that is none of ours.
    """
    for name, schema in _KEPT.items():
        try:
            if (document := documents.get(name)) is not None:
                schema.deserialize(document)
        except marshmallow.ValidationError:
            raise Unusable(name, "is not what a session is started with") from None
    between: _Between = documents["difficulty_filter"] or {}
    more: _More = documents["filters"] or {}
    return Wish(
        exam_id,
        1,
        mode,
        tuple(documents["objectives"] or ()),
        (between.get("min", 1), between.get("max", 5)),
        more.get("excludeRecentHours"),
        tuple(more.get("tags", ())),
        more.get("only"),
    )
