"""One question of the bank: its row, and what a right and a wrong answer to it are."""

from dataclasses import dataclass

from shared_schema.fields import dumps
from study_service import digests, grading, options, resembling
from study_service.grading import Option
from tests.benchmarks.scale import wording
from tests.benchmarks.scale.writing import DAY, scatter

COLUMNS = (
    "id", "exam_id", "objective_id", "text", "type", "answers", "explanation", "reference", "difficulty", "tags",
    "ai_generated", "ai_model", "ai_prompt_version", "ai_confidence_score", "review_status", "reviewed_by",
    "reviewed_at", "is_active", "created_at", "updated_at", "shuffle_key", "text_digest", "content_digest", "version",
    "external_id", "bands",
)  # fmt: skip
KEY_COLUMNS = ("question_id", "objective_id", "difficulty", "version", "changed_at", "right", "wrong", "other")
CHANGED_DAYS = 100  # ago, one of twenty questions got its second version


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question belongs, and whether learners get it; those who review it are `moderator`."""

    number: int
    exam_id: int
    objective_id: int
    is_asked: bool
    moderator: int


def rows(place: Place, now: int) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """The values of COLUMNS and those of KEY_COLUMNS."""
    number = place.number
    kind, text = _kind(number), wording.question(number)
    stored = _options(number, kind)
    difficulty, version = 1 + scatter(number, 4, 5), 2 if number % 20 == 0 else 1
    digest = digests.of_question(text, kind, stored)
    created = now - 400 * DAY + scatter(number, 3, 30 * DAY)
    changed = created + DAY if version == 1 else now - CHANGED_DAYS * DAY
    question = (
        number, place.exam_id, place.objective_id, text, kind, dumps(stored), wording.explanation(number),
        f"Handbook, chapter {number % 40}", difficulty, dumps(wording.tags(number)), *_author(number),
        *_review(place, created), created, changed, scatter(number, 6, 2**20) * 2048, digest["text_digest"],
        digest["content_digest"], version, f"bench-{number}", resembling.bands(text),
    )  # fmt: skip
    return question, (number, place.objective_id, difficulty, version, changed, *_given(kind, stored))


def _kind(number: int) -> str:
    """One of ten wants several options, one of ten is true or false."""
    return {3: "multi_select", 7: "true_false"}.get(number % 10, "multiple_choice")


def _options(number: int, kind: str) -> list[Option]:
    first = scatter(number, 7, 2 if kind == "true_false" else 4)
    rights = {first, (first + 1) % 4} if kind == "multi_select" else {first}
    texts = ["True", "False"] if kind == "true_false" else [wording.option(number, place) for place in range(4)]
    return options.identified(
        [{"id": "", "text": text, "isCorrect": place in rights} for place, text in enumerate(texts)]
    )


def _author(number: int) -> tuple[object, ...]:
    """One of eight is by a model."""
    if number % 8 != 5:
        return 0, None, None, None
    return 1, "model-1", "3", 0.5 + scatter(number, 5, 50) / 100


def _review(place: Place, created: int) -> tuple[object, ...]:
    """Of those that are not asked, half wait for a review, a quarter was rejected, a quarter deleted."""
    if place.is_asked or place.number % 4 == 3:
        return "approved", place.moderator, created + DAY, int(place.is_asked)
    if place.number % 4 == 2:
        return "rejected", place.moderator, created + DAY, 1
    return "pending", None, None, 1


def _given(kind: str, stored: list[Option]) -> tuple[str, str, str]:
    """A right answer and two wrong ones, as the column `selected_answer` has them."""
    right = [option["id"] for option in stored if option["isCorrect"]]
    wrong = [option["id"] for option in stored if not option["isCorrect"]]
    if kind == "multi_select":
        sets = (right, [right[0], wrong[0]], wrong)
        return tuple(grading.stored(kind, one) for one in sets)  # type: ignore[return-value]  # three of them
    return right[0], wrong[0], wrong[-1]
