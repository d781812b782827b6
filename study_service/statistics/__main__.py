"""`python -m study_service.statistics EXAM_ID …` or `--all`: measure exams now, whatever their size. For a timer."""

import time

import click

from shared_schema import opening
from shared_schema.database import Statement
from shared_schema.problems import NotFound
from shared_schema.tables import db
from study_service.statistics import measuring


@click.command()
@click.argument("exam_ids", type=click.IntRange(1, 2**63 - 1), nargs=-1, metavar="[EXAM_ID]…")
@click.option("--all", "every", is_flag=True, help="every exam, retired ones too")
def main(exam_ids: tuple[int, ...], every: bool) -> None:
    """Measure the statistics of exams from all answers to their questions. Prints a line for each."""
    if every == bool(exam_ids):
        raise click.UsageError("name exams by their ids, or say --all")
    opening.configured("study")
    for exam_id in exam_ids or _every():
        try:
            answers = measuring.measure(exam_id, int(time.time()))
        except NotFound:
            raise click.ClickException(f"there is no exam {exam_id}") from None
        click.echo(f"exam {exam_id}: {answers} answers")


def _every() -> list[int]:
    return [row["id"] for row in db.fetch([Statement("SELECT id FROM exams ORDER BY id")], fresh=True)[0].rows]


if __name__ == "__main__":
    main()
