"""Elo ratings in SQL: the chance that a learner answers a question rightly, and how far one answer moves a rating.

The chance is 1 / (1 + 10 ** ((question - learner) / 400)) (A. Elo, The Rating of Chessplayers, 1978). How far an answer
moves a rating shrinks with the number of answers before it, K / (1 + 0.05 n) (R. Pelánek, Applications of the Elo
rating system in adaptive educational systems, Computers & Education 98, 2016).
"""

import math

START = 1500.0  # a learner before the first answer, and a question of middle difficulty
STEP = 150.0  # between the difficulties 1 to 5 that authors give: 1200, 1350, 1500, 1650, 1800
# A learner who answers five questions rightly moves by two difficulties.
MOVES = 300.0
SHRINKS = 0.05
# What the author says of a question counts as much as so many answers.
AUTHOR = 40
# What is known of a learner in the whole exam counts as much as so many answers in the objective.
EXAM = 5
# Questions are picked near the rating at which this learner answers seven of ten rightly: 400 * log10(7 / 3) below.
TARGET = 147.2

_PER_POINT = math.log(10) / 400
_FURTHEST = 800  # nobody is surer than 0.99


def expected(question: str, learner: str) -> str:
    """SQL: the chance of a right answer, from two SQL expressions of ratings; never surer than 0.99."""
    gap = f"min(max({question} - {learner}, -{_FURTHEST}), {_FURTHEST})"
    return f"(1 / (1 + exp({gap} * {_PER_POINT!r})))"  # the engine has exp(), and no pow()


def move(answers: str, *, before: int = 0, first: float = MOVES) -> str:
    """SQL: by how much one answer may move a rating, from an SQL expression of the number of answers before it."""
    return f"({first} / (1 + {SHRINKS} * ({answers} + {before})))"


def start(difficulty: str) -> str:
    """SQL: the rating of a question without answers."""
    return f"({START - 3 * STEP} + {STEP} * ({difficulty}))"


def level(rating: str, answers: str, of_exam: str) -> str:
    """SQL: how good a learner is in an objective, from the ratings in it and in the exam; both may be NULL."""
    exam = f"coalesce({of_exam}, {START})"
    count = f"coalesce({answers}, 0)"
    return f"((coalesce({rating}, 0) * {count} + {exam} * {EXAM}) / ({count} + {EXAM}))"
