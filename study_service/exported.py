"""A stored question as a file has it: the other way round of what an import makes of one."""

from collections.abc import Sequence
from typing import Any, cast, get_args

from shared_schema.fields import loads
from shared_schema.rows import Unusable
from study_service import delivery, grading, options
from study_service.banks.bank import Choice, Column, Question, QuestionType
from study_service.grading import Option
from study_service.question_rows import Filed

_ALL: frozenset[Column] = frozenset(get_args(Column))
_NUMBER = ("value", "tolerance", "low", "high")


class Row(Filed):
    """A question as an export reads it. `objective` is the objective's name."""

    id: int
    objective: str


def question(item: int, row: Row, *, names: bool) -> Question:
    """The question as the item of a file. Unusable where its row cannot be.

    `names` says whether the file can give ids to options. Where it cannot, only those are lost that other files gave
    them: our own follow from their texts.
    """
    kind = cast("QuestionType", delivery.kind(row["type"]))
    listed = grading.usable(kind, loads(row["answers"]))
    first: dict[str, Any] = {**listed[0]}
    size = first.get("imageWidth"), first.get("imageHeight")
    return Question(
        item=item,
        line=None,
        text=row["text"],
        type=kind,
        choices=_choices(kind, listed, names),
        objective=row["objective"],
        explanation=row["explanation"] or None,
        reference=row["reference"] or None,
        external_link=row["external_link"] or None,
        difficulty=row["difficulty"],
        tags=tuple(delivery.tags(loads(row["tags"]))),
        image_url=row["image_url"] or None,
        external_id=row["external_id"],
        ai_model=row["ai_model"],
        ai_prompt_version=row["ai_prompt_version"],
        ai_confidence_score=row["ai_confidence_score"],
        states=_ALL,
        unit=first.get("unit"),
        units=first.get("units", {}),
        image_size=(size[0], size[1]) if size[0] and size[1] else None,
    )


def _choices(kind: str, listed: Sequence[Option], names: bool) -> tuple[Choice, ...]:
    targets = {option["id"]: option["text"] for option in listed if option.get("isTarget")}
    if len(set(targets.values())) < len(targets):
        raise Unusable("answers", "has two targets of one text, which files cannot tell apart")
    by_text = options.last([option["text"] for option in listed]) if kind in grading.CHOICES else [False] * len(listed)
    return tuple(_choice(option, targets, last, names) for option, last in zip(listed, by_text, strict=True))


def _choice(option: Option, targets: dict[str, str], last: bool, names: bool) -> Choice:
    """`last` is whether its text alone says that it stays behind the shuffled ones; only another place is told."""
    fixed = option.get("fixed", False)
    return Choice(
        option["text"],
        bool(option["isCorrect"]),
        explanation=option.get("explanation") or None,
        weight=option.get("weight"),
        target=targets.get(option.get("target", "")),
        is_target=option.get("isTarget", False),
        number={key: option[key] for key in _NUMBER if key in option},  # type: ignore[literal-required]  # keys of it
        name=option.get("externalId", option["id"] if names else None),
        fixed=None if fixed == last else fixed,
        place=option.get("place"),
        case_sensitive=option.get("caseSensitive", False),
        region=option.get("region"),
        coords=tuple(option.get("coords", ())),
    )
