"""What a learner asks for: the mode of a pick and its filters."""

from dataclasses import dataclass
from typing import NamedTuple, TypedDict

import marshmallow

from shared_schema.rows import Unusable
from shared_schema.tables import study
from shared_schema.tables.study import StudySession

MODES, ONLY = study.SESSION_MODES, study.ONLY
MOST_TAGS = 10
SPARE = 4  # so many more questions are read than asked for, to stand in for those that cannot be used
_RECENT_HOURS = 24
_FEW = 5  # an adaptive pick of up to so many looks at the rating of each question, a larger one at its difficulty
_OWN = {None: "", "bookmarked": "bookmarks", "missed": "missed"}
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


class Kind(NamedTuple):
    """What the SQL of a pick depends on, of a wish.

    `own`: the table of the learner's own questions, if it is of those, which `marked` narrows down to bookmarks.
    `scope`: the whole "exam", "one" objective, several "given" ones, or the "weak" ones. `difficulties`: how many.
    `tags`: 0, 1 or 2 for several. `recent`: what was answered lately is "left_out", comes "behind" the rest, or is as
    good as it ("any").
    """

    mode: str
    own: str
    marked: bool
    scope: str
    difficulties: int
    tags: int
    recent: str
    few: bool

    @property
    def rated(self) -> bool:
        """The rating of each question is looked at."""
        return self.few and self.mode == "adaptive"

    @property
    def ordered(self) -> bool:
        """Some difficulties come before others."""
        return self.mode in ("speed_drill", "adaptive")

    @property
    def graded(self) -> bool:
        """The walk is of one difficulty after the other."""
        return self.ordered or self.difficulties < 5 or self.tags > 0

    @property
    def whole(self) -> bool:
        """Nothing narrows the exam down, and it is walked as it lies."""
        return not self.own and not self.graded and self.scope == "exam"

    @property
    def mixed(self) -> bool:
        """The walk is of several objectives, difficulties or tags, and these are to come mixed."""
        several = self.graded and not self.ordered and self.difficulties > 1
        return several or self.scope in ("given", "weak") or self.tags > 1

    @property
    def compared(self) -> bool:
        """The learner's own are put in an order that no index has."""
        return self.ordered and bool(self.own)


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
        """For how many hours a question that was answered is not asked again, or not while there are others.

        What the learner has missed or marked is meant to come again: there it is 0 unless she says otherwise.
        """
        if self.exclude_recent_hours is not None:
            return self.exclude_recent_hours
        return 0 if self.mode == "review" or self.only else _RECENT_HOURS

    @property
    def kind(self) -> Kind:
        """A pick leaves out what was answered lately if it was told to; by itself it only prefers other questions."""
        weak = "weak" if self.mode == "weak_areas" else "exam"
        recent = "any" if not self.hours else "behind" if self.exclude_recent_hours is None else "left_out"
        return Kind(
            self.mode,
            "missed" if self.mode == "review" else _OWN[self.only],
            self.mode == "review" and self.only == "bookmarked",
            ("one" if len(self.objective_ids) == 1 else "given") if self.objective_ids else weak,
            self.difficulty[1] - self.difficulty[0] + 1,
            min(len(self.tags), 2),
            recent,
            self.count <= _FEW,
        )

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
