"""The order of options: the same for the same seed, and each as likely as the others."""

from collections import Counter
from itertools import permutations

from study_service import shuffle


def options(ids: str, fixed: str = "") -> list[dict[str, object]]:
    return [{"id": name, "fixed": True} if name in fixed else {"id": name} for name in ids]


def order(seed: int, ids: str, fixed: str = "", question: int = 1) -> str:
    return "".join(str(option["id"]) for option in shuffle.options(seed, question, options(ids, fixed)))


def test_the_same_seed_gives_the_same_order_whatever_the_stored_one() -> None:
    for seed in range(50):
        assert len({order(seed, "".join(stored)) for stored in permutations("abcd")}) == 1


def test_seeds_and_questions_have_orders_of_their_own() -> None:
    assert len({order(seed, "abcdefgh") for seed in range(100)}) > 95
    assert len({order(1, "abcdefgh", question=question) for question in range(100)}) > 95


def test_each_order_is_as_likely_as_the_others() -> None:
    """24 orders in 24,000 deliveries: 1,000 of each, with a standard deviation of 31."""
    counts = Counter(order(seed, "abcd") for seed in range(24_000))
    assert len(counts) == 24
    assert all(850 < count < 1150 for count in counts.values()), counts


def test_fixed_options_stay_last_in_their_authors_order() -> None:
    assert {order(seed, "ezab", "ez")[-2:] for seed in range(50)} == {"ez"}
    assert {order(seed, "ezab", "ez")[:2] for seed in range(50)} == {"ab", "ba"}
    assert order(1, "dcba", "abcd") == "dcba"
