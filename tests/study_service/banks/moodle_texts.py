"""Moodle XML texts and what the reader makes of them."""

from study_service import grading
from study_service.banks import moodlexml
from study_service.banks.bank import Bank, Problem, Question
from study_service.grading import Grade, Selected
from study_service.importing import options as import_options

TRUE = '<answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer>'
YES_NO = '<answer fraction="100"><text>yes</text></answer><answer fraction="0"><text>no</text></answer>'


def quiz(*questions: str) -> bytes:
    return "\n".join(["<quiz>", *questions, "</quiz>"]).encode()


def item(kind: str, inner: str = "", text: str = "<text>Which?</text>", form: str = "html") -> str:
    return f'<question type="{kind}"><questiontext format="{form}">{text}</questiontext>{inner}</question>'


def read(*questions: str) -> Bank:
    return moodlexml.read(quiz(*questions))


def question(text: str, *losses: str) -> Question:
    """The one question of a text without problems, of which so much is lost."""
    bank = read(text)
    assert bank.problems == []
    assert bank.losses == [Problem(1, 2, loss) for loss in losses]
    (only,) = bank.questions
    return only


def refused(text: str) -> str:
    """Why the one question of a text is not read."""
    bank = read(text)
    assert (bank.questions, bank.losses) == ([], [])
    (only,) = bank.problems
    assert (only.item, only.line) == (1, 2)
    return only.message


def answer(text: str, fraction: str = "0", inner: str = "") -> str:
    return f'<answer fraction="{fraction}"><text>{text}</text>{inner}</answer>'


def graded(asked: Question, *texts: str) -> Grade:
    """The grade of a set of options, which are named by their texts."""
    options = import_options.listed(asked)
    ids = {option["text"]: option["id"] for option in options}
    selected: Selected = [ids[text] for text in texts]
    return grading.grade(asked.type, options, selected)
