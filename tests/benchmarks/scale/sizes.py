"""How large a database for benchmarks is, and who in it is special."""

from dataclasses import dataclass

HEAVY = 1  # the learner with the most answers, and the most of the last day
SEEN_ALL = 2  # the learner who has seen all but NOT_SEEN questions of SEEN_EXAM within the last day
FRESH = 3  # the learner without an answer
EXAM = 1  # the exam that HEAVY studies most; of the size of most exams
SEEN_EXAM = 2  # has a size of its own
NOT_SEEN = 5
CAME = 20  # learners to one who signed up this month, by a reply of ours


@dataclass(frozen=True, slots=True)
class Size:
    """So many rows. `heavy` is how many of the answers are of HEAVY, and `today` how many of those are of the last day;
    `seen` how many questions SEEN_EXAM has; `pending` how many of the opportunities wait for a decision.
    """

    name: str
    exams: int
    questions: int
    learners: int
    answers: int
    tweets: int
    opportunities: int
    calls: int
    heavy: int
    today: int
    seen: int
    pending: int

    @property
    def moderator(self) -> int:
        """The id of the user who reviews questions. The learners have the ids below."""
        return self.learners + 1

    @property
    def admin(self) -> int:
        return self.learners + 2


SIZES = {
    size.name: size
    for size in (
        Size("S", 5, 1_000, 100, 10_000, 10_000, 2_000, 10_000, 1_000, 50, 400, 200),
        Size("M", 10, 14_000, 450, 140_000, 70_000, 14_000, 100_000, 7_000, 500, 1_100, 1_400),
        Size("L", 20, 200_000, 2_000, 2_000_000, 500_000, 100_000, 1_000_000, 50_000, 5_000, 3_000, 10_000),
    )
}
