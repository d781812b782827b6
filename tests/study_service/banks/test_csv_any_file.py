"""Whatever a CSV file holds, it is read in time, and each item is told once."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study_service.banks import csv

csv_like = st.lists(
    st.sampled_from([",", ";", '"', "\n", "\r", "question", "option1", "correct", "A", "1", "'", "=", "\0"])
)
tables = csv_like.map(lambda parts: "question,option1,option2,correct\n" + "".join(parts))


@given(st.one_of(st.binary(), st.text().map(str.encode), csv_like.map("".join).map(str.encode), tables.map(str.encode)))
def test_anything_is_read_and_each_item_told_once(data):
    bank = csv.read(data)
    items = sorted(entry.item for entry in [*bank.questions, *bank.problems])
    assert items in (list(range(1, len(items) + 1)), [0])


@pytest.mark.parametrize(
    "piece", ["a", '"', '""', ",", "\n", '"\n', "'", "\0", ";", "A,", "a,b,c,A\n", '"a\n",b,c,A\n']
)
@pytest.mark.parametrize("start", ["", "question,option1,option2,correct\n", 'question,option1,correct\na,b,"'])
def test_long_file_is_not_read_in_quadratic_time(start, piece):
    data = (start + piece * (500_000 // len(piece))).encode()
    started = time.process_time()
    csv.read(data)
    assert time.process_time() - started < 3
