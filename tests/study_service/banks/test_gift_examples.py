"""Moodle's own example file, item by item: what is read, and what of it is lost."""

import pytest

from study_service.banks import gift
from study_service.banks.bank import Choice
from tests.conftest import SHARED
from tests.study_service.banks import text_banks

EXAMPLES = SHARED / "moodle-gift-examples.txt"

pytestmark = pytest.mark.skipif(not EXAMPLES.exists(), reason="Moodle's example file is not at hand")

# Of each item its line, its type, the length of its text, and its answers: = or ~ and the length of the text, with
# weight, target, number and feedback where there are some. The texts themselves are Moodle's.
ITEMS = [
    (8, "multiple_choice", 29, "~5 ~9 =6"),
    (10, "multiple_choice", 31, "~6 =8 ~6"),
    (12, "true_false", 32, "~4 =5"),
    (14, "short_answer", 29, "=6 =6"),
    (16, "numeric", 31, "=6:1822,1"),
    (25, "multiple_choice", 29, "~5 ~9 =6"),
    (27, "multiple_choice", 31, "~6 =8 ~6"),
    (29, "multiple_choice", 85, "~6 ~5 =6"),
    (35, "multiple_choice", 54, "~5 =5 ~5 ~5"),
    (43, "short_answer", 29, "=6 =6"),
    (45, "short_answer", 26, "=4 =1"),
    (49, "true_false", 32, "~4 =5"),
    (51, "true_false", 26, "=4 ~5"),
    (55, "drag_drop", 18, "=12->10 =12->10 =12->10"),
    (61, "drag_drop", 64, "=6->6 =5->4 =5->5 =5->9"),
    (70, "numeric", 31, "=4:1822"),
    (72, "numeric", 46, "=13:3.1415,0.0005"),
    (74, "numeric", 46, "=12:3.141,3.142"),
    (76, "numeric", 31, "=6:1822,0 ~6%0.5:1822,2"),
    (85, "numeric", 16, "=1:4"),
    (90, "short_answer", 54, "=5"),
    (93, "multiple_choice", 85, "~6 ~5 =6"),
    (98, "multiple_choice", 51, "~12#36 ~20#37 =12#10"),
    (103, "short_answer", 29, "=6#17 =6#17"),
    (108, "short_answer", 33, "=6#17 =6#17"),
    (113, "true_false", 32, "~4#33 =5"),
    (115, "multiple_choice", 19, "~12 ~18%0.5 =18"),
    (117, "multiple_choice", 28, "~9#49 ~9%0.25#38 ~7%0.5#29 =8#18"),
    (123, "short_answer", 21, "=8#18 ~8%0.75#22 ~9%0.25#38"),
    (130, "multi_select", 45, "~6 =5%0.5 =12%0.5 ~14"),
    (136, "multi_select", 45, "~6%-0.5 =5%0.5 =12%0.5 ~14%-0.5"),
    (143, "multiple_choice", 22, "~7 =7 ~7"),
    (148, "multiple_choice", 77, "~1#25 ~1#25 ~1#25 ~1#25 ~1#25 =1#200"),
]
LOSSES = [
    (20, 85, "the comment ", 51),
    (21, 90, "its title ", 25),
    (22, 93, "its title ", 29),
    (25, 108, "the comment ", 39),
    (26, 113, "the comment ", 45),
    (28, 117, "its title ", 27),
    (29, 123, "its title ", 27),
    (32, 143, "the comment ", 38),
    (33, 148, "its title ", 35),
]


def test_each_item_is_read():
    bank = gift.read(EXAMPLES.read_bytes())
    assert bank.problems == []
    assert {(q.objective, q.tags, q.explanation, q.external_id) for q in bank.questions} == {(None, (), None, None)}
    assert [q.item for q in bank.questions] == list(range(1, 34))
    assert [(q.line, q.type, len(q.text), " ".join(map(label, q.choices))) for q in bank.questions] == ITEMS
    assert "".join(choice.text for choice in bank.questions[-1].choices) == "~=#{}\\"


def label(choice: Choice) -> str:
    text = f"{'=' if choice.is_correct else '~'}{len(choice.text)}"
    weight = "" if choice.weight is None else f"%{choice.weight}"
    target = f"->{len(choice.target)}" if choice.target else ""
    number = f":{','.join(choice.number.values())}" if choice.number else ""
    return text + weight + target + number + (f"#{len(choice.explanation)}" if choice.explanation else "")


def test_titles_and_comments_are_lost():
    losses = gift.read(EXAMPLES.read_bytes()).losses
    assert [(loss.item, loss.line, loss.message.split('"')[0], len(loss.message)) for loss in losses] == LOSSES


def test_nothing_else_is_lost_in_writing_it():
    bank = gift.read(EXAMPLES.read_bytes())
    written = gift.write(bank)
    assert written.losses == []
    assert text_banks.bare(gift.read(written.data)) == text_banks.bare(bank)
