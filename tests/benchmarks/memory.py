"""How well FSRS foretells the later answers of a public log, by the default weights and by fitted ones.

`python -m tests.benchmarks.memory LOG.csv`, where the log has the columns card_id, review_rating (1 to 4) and
review_time (ISO 8601) of an Anki deck, as the tests of py-fsrs have one. Grades are made right or wrong, as ours are
without a confidence.
"""

import csv
import datetime as dt
import math
import sys
import time
from pathlib import Path

import click

from study_service.memory import fitting, model
from study_service.memory.fitting import Answers
from study_service.memory.model import Review


def read(path: Path) -> Answers:
    """The answers of each card, in the order of time."""
    answers: dict[int, list[Review]] = {}
    with path.open() as lines:
        for row in sorted(csv.DictReader(lines), key=lambda row: row["review_time"]):
            at = int(dt.datetime.fromisoformat(row["review_time"]).timestamp())
            answers.setdefault(int(row["card_id"]), []).append(
                Review(at, model.grade(row["review_rating"] != "1", None))
            )
    return answers


def main(path: str) -> None:
    answers, began = read(Path(path)), time.perf_counter()
    fit = fitting.fit(answers)
    if fit is None:
        raise SystemExit(f"fewer than {fitting.LEAST} answers a day after another")
    took = time.perf_counter() - began
    click.echo(f"{sum(map(len, answers.values())):,} answers to {len(answers):,} cards, {took:.2f} s")
    losses = f"default {fit.default_log_loss:.4f}, fitted {fit.fitted_log_loss:.4f}"
    click.echo(f"log loss: constant {constant(answers):.4f}, {losses}")


def constant(answers: Answers) -> float:
    """The log loss of the later answers where each has the chance that the earlier ones had on the average."""
    later = sorted((one for _, one in fitting.counted(answers)), key=lambda one: one.at)
    cut = later[fitting.place_of_cut(len(later))].at
    earlier = [one.grade > 1 for one in later if one.at < cut]
    chance = sum(earlier) / len(earlier)
    right = [one.grade > 1 for one in later if one.at >= cut]
    return -sum(math.log(chance if one else 1 - chance) for one in right) / len(right)


if __name__ == "__main__":
    main(sys.argv[1])
