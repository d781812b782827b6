"""What may be seen of a test that is over."""

import pytest

from shared_schema.rows import Unusable
from study_service.attempts import review

ENDED = 1_800_000_000


def test_each_thing_is_seen_from_its_own_moment() -> None:
    rule = {"score": "just_after", "correctness": "later", "key": "never"}
    assert review.visible(rule, ENDED, ENDED) == {"score"}
    assert review.visible(rule, ENDED, ENDED + review.LATER_S - 1) == {"score"}
    assert review.visible(rule, ENDED, ENDED + review.LATER_S) == {"score", "correctness"}
    assert review.visible(rule, ENDED, ENDED + 10**9) == {"score", "correctness"}
    assert review.visible(review.AT_ONCE, ENDED, ENDED) == set(review.THINGS)


def test_what_tells_more_is_not_seen_earlier() -> None:
    assert review.is_ordered(review.AT_ONCE)
    assert review.is_ordered({"score": "just_after", "correctness": "later", "key": "never"})
    assert not review.is_ordered({"score": "later", "correctness": "later", "key": "just_after"})
    assert not review.is_ordered({"score": "never", "correctness": "later", "key": "never"})


@pytest.mark.parametrize(
    "document",
    [None, [], {}, {"score": "never"}, {**review.AT_ONCE, "key": "during"}, {**review.AT_ONCE, "more": "never"}, "x",
     {**review.AT_ONCE, "key": ["never"]}],
)  # fmt: skip
def test_a_rule_that_says_something_else_is_unusable(document: object) -> None:
    with pytest.raises(Unusable):
        review.rule(document)
