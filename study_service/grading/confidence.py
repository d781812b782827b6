"""Marks by confidence: a wrong answer costs more the surer the learner said she was."""

from fractions import Fraction

from study_service.grading import credit

# Moodle's certainty-based marking (class question_cbm, rightscore and wrongscore; after A. R. Gardner-Medwin,
# "Confidence assessment in the teaching of basic science", 1995): not very sure, fairly sure, quite sure.
_RIGHT, _WRONG = (1, 2, 3), (0, -2, -6)
_CERTAINTY = {1: 0, 2: 0, 3: 1, 4: 2, 5: 2}  # of our five levels
_NOTHING = 0.00000005  # question_utils::MARK_TOLERANCE: what is not more than this is wrong


def mark(score: float, level: int | None) -> float | None:
    """The mark, -6 to 3, of an answer with a score from 0 to 1 by a level from 1 to 5; None where no level was given.

    As in `question_cbm::adjust_fraction`, a wrong answer gets the wrong answer's mark, any other its score times the
    right one's.
    """
    if level is None:
        return None
    certainty = _CERTAINTY[level]
    if score <= _NOTHING:
        return float(_WRONG[certainty])
    return float(Fraction(_RIGHT[certainty]) * credit.exact(score))
