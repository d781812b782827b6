"""Reader of GIFT files."""

from study_service.banks import decoding
from study_service.banks.bank import (
    MAX_OBJECTIVES,
    MAX_QUESTIONS,
    NAME_LIMIT,
    TEXT_LIMIT,
    Bank,
    Column,
    Problem,
    Question,
    Unusable,
)
from study_service.banks.gift import answers, comments, layout
from study_service.banks.gift.layout import Block
from study_service.banks.gift.texts import Texts, marked

MAX_MARKUP = 500_000  # HTML tags and entities in a file: each takes microseconds to read
BLANK = "_____"


def read(data: bytes) -> Bank:
    try:
        text = decoding.unix(decoding.decoded(data))
    except decoding.NotText as error:
        return Bank(problems=[error.problem])
    if "[html]" in text and text.count("<") + text.count("&") > MAX_MARKUP:
        return _refused(None, f"more than {MAX_MARKUP:,} tags and entities: import them in several files")
    bank, objectives, categories = Bank(), set[str | None](), dict[tuple[str, ...], int]()
    for item, block in enumerate(layout.blocks(text), 1):
        objectives.add(block.category.objective)
        if item > MAX_QUESTIONS:
            return _refused(block.line, f"more than {MAX_QUESTIONS:,} questions: import them in several files")
        if len(objectives) > MAX_OBJECTIVES:
            return _refused(block.line, f"more than {MAX_OBJECTIVES} categories: the next begins before this line")
        if _add(bank, item, block):
            categories.setdefault(block.category.names, block.category.line)
    bank.losses[:0] = [
        Problem(0, line, f"of the category {'/'.join(names)} all names but the last")
        for names, line in categories.items()
        if len(names) > 1
    ]
    return bank


def _refused(line: int | None, message: str) -> Bank:
    return Bank(problems=[Problem(0, line, message)])


def _add(bank: Bank, item: int, block: Block) -> bool:
    """Whether the block is a usable question."""
    try:
        question, losses = _question(item, block)
    except Unusable as reason:
        bank.problems.append(Problem(item, block.line, str(reason)))
        return False
    bank.questions.append(question)
    bank.losses.extend(Problem(item, block.line, loss) for loss in losses)
    return True


def _question(item: int, block: Block) -> tuple[Question, list[str]]:
    """The question of a block, and what of it is lost."""
    _check(block)
    noted = comments.read(block.comments)
    title, body = layout.titled(layout.masked(block.text))
    before, inside, after = layout.parted(body)
    markup, before = marked(before, "moodle")
    texts = Texts(markup)
    title = layout.unmasked(title).strip()
    text = _sentence(*texts.halves(before, after)) or title
    inside, general = _general_feedback(inside)
    kind, choices = answers.answer(inside.strip(), texts)
    if not text:
        raise Unusable("there is no question text")
    if len(text) > TEXT_LIMIT:
        raise Unusable(f"the question text is longer than {TEXT_LIMIT:,} characters")
    question = Question(
        item=item,
        line=block.line,
        text=text,
        type=kind,
        choices=choices,
        objective=block.category.objective,
        explanation=texts.feedback("the general feedback", general),
        tags=noted.tags,
        image_url=texts.image_url,
        external_id=noted.external_id,
        states=_states(noted.tags, texts.image_url),
    )
    return question, [*_dropped(title, text, noted.other), *texts.losses]


def _check(block: Block) -> None:
    name = block.category.objective or ""
    if "\0" in block.text or "\0" in name or any("\0" in line for line in block.comments):
        raise Unusable("there is a NUL character in it or in its category")
    if len(name) > NAME_LIMIT:
        raise Unusable(f"the name of its category is longer than {NAME_LIMIT} characters")


def _states(tags: tuple[str, ...], image_url: str | None) -> frozenset[Column]:
    stated: dict[Column, bool] = {"explanation": True, "tags": bool(tags), "image_url": image_url is not None}
    return frozenset(column for column, is_stated in stated.items() if is_stated)


def _dropped(title: str, text: str, comment: str) -> list[str]:
    """A title is lost unless it only begins the text, like those that Moodle makes of it; so is what a comment says."""
    start = " ".join(title.split()).removesuffix("...").rstrip()
    losses = [] if " ".join(text.split()).startswith(start) else [f'its title "{title}"']
    return [*losses, f'the comment "{comment}"'] if comment else losses


def _sentence(before: str, after: str) -> str:
    """The question as one text, with a blank where its answers stood.

    The blank has the spaces that the author wrote, at least one beside a word and none before punctuation. There is no
    blank if nothing follows, or only the period that some authors put behind {…} after a finished sentence.
    """
    before, after = before.lstrip(), after.rstrip()
    if not after or (after.strip() == "." and before.rstrip().endswith(("?", ":", ".", "!"))):
        return before.rstrip()
    if before and (before[-1].isalnum() or before[-1] in ".,;:!?"):
        before += " "
    if after[0].isalnum():
        after = " " + after
    elif after.lstrip()[0] in ".,;:!?":
        after = after.lstrip()
    return before + BLANK + after


def _general_feedback(answers: str) -> tuple[str, str]:
    if "####" not in answers:
        return answers, ""
    answers, _, general = answers.rpartition("####")
    return answers, general
