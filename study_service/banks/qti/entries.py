"""textEntryInteraction for a text. A number is written in the same interaction, see `numbers`."""

from study_service.banks.bank import MAX_OPTIONS, Choice, Unusable
from study_service.banks.qti import feedback, scores
from study_service.banks.qti.asked import Answer, Asked
from study_service.banks.qti.declared import Entry
from study_service.banks.qti.feedback import Run
from study_service.grading import short_answer

ANY = "*"  # the accepted text and number that every answer fits
_UNLIKE = "an answer that no author has thought of"


def read(question: Asked) -> Answer:
    """The accepted texts, in the order in which they are looked at; and, if it has feedback, any other text."""
    if question.response.cardinality != "single":
        raise Unusable("a text is written, but the cardinality of its response is not 'single'")
    texts = _texts(question)
    if question.processing.score(_UNLIKE) > 0:
        raise Unusable("its key cannot be expressed: any answer earns something")
    parts = [*texts, _UNLIKE]
    key = scores.of_one(question.processing, parts, question.texts, others=True)
    runs = [Run(frozenset({n}), question.processing.run(text)) for n, text in enumerate(parts)]
    comments = feedback.comments(question.feedbacks, runs, parts, question.texts)
    choices = [
        Choice(text.replace("*", r"\*"), right, explanation, weight, case_sensitive=_is_sensitive(question, text))
        for text, right, weight, explanation in zip(texts, key.rights, key.weights, comments.options, strict=False)
        if right or weight is not None or explanation or _entry(question, text)
    ]
    if other := comments.options[-1]:
        choices.append(Choice(ANY, False, other))
    return Answer("short_answer", tuple(choices), comments.question)


def _texts(question: Asked) -> list[str]:
    """Every text that the item names as an answer, each once: mapped ones first, in their order."""
    mapping = question.processing.mapping()
    mapped = [entry.key for entry in mapping.entries if isinstance(entry, Entry)] if mapping else []
    listed = dict.fromkeys([*mapped, *question.response.correct, *question.processing.literals()])
    texts = [text for text in listed if isinstance(text, str)]
    if not texts:
        raise Unusable("it does not say which answer is right")
    if len(texts) > MAX_OPTIONS:
        raise Unusable(f"{len(texts)} accepted texts, where at most {MAX_OPTIONS} may be")
    if any(not text or len(text) > short_answer.LONGEST for text in texts):
        raise Unusable(f"an accepted text is not 1 to {short_answer.LONGEST} characters")
    return texts


def _is_sensitive(question: Asked, text: str) -> bool:
    """Whether the case of its letters matters: by its mapping, or else by what other letters earn and show."""
    entry = _entry(question, text)
    if entry is not None:
        return entry.case_sensitive
    return question.processing.run(text) != question.processing.run(text.swapcase())


def _entry(question: Asked, text: str) -> Entry | None:
    mapping = question.processing.mapping()
    entry = mapping.entry(text) if mapping else None
    return entry if isinstance(entry, Entry) else None
