"""`python -m study_service.memory fit` or `rebuild`: fits FSRS to learners, replays what is stale. For a timer."""

import click

from shared_schema import opening
from shared_schema.database import Statement
from shared_schema.tables import db
from study_service.memory import restoring, weights
from study_service.memory.fitting import LEAST
from study_service.memory.weights import Outcome


@click.group()
def main() -> None:
    """What learners remember, in the tables of study in $TURSO_DATABASE_URL. Answers may be given meanwhile."""


@main.command()
@click.option("--learner", type=click.IntRange(1, 2**63 - 1), metavar="USER_ID", help="only this one")
@click.option("--dry-run", is_flag=True, help="print what would be kept; change nothing")
def fit(learner: int | None, dry_run: bool) -> None:
    """Fit the weights of FSRS to each learner with enough new answers; keep them where they foretell answers better."""
    opening.configured("study")
    if learner is not None and not db.fetch([Statement("SELECT 1 FROM users WHERE id = ?", (learner,))])[0].rows:
        raise click.ClickException(f"there is no user {learner}")
    outcomes = weights.of_everybody(dry=dry_run) if learner is None else [weights.of_learner(learner, dry=dry_run)]
    for outcome in outcomes:
        click.echo(_told(outcome))


@main.command()
def rebuild() -> None:
    """Replay what is missing, or was computed with other weights or another algorithm. Run again, it goes on."""
    opening.configured("study")
    total = 0
    for user_id, changed in restoring.everybody():
        click.echo(f"learner {user_id}: {changed} questions")
        total += changed
    click.echo(f"{total} questions replayed")


def _told(outcome: Outcome) -> str:
    who, fit = f"learner {outcome.user_id}: {outcome.answers} answers", outcome.fit
    if fit is None:
        return f"{who}, fewer than {LEAST} of them a day after another: not fitted"
    losses = f"log loss {fit.default_log_loss:.4f} by default, {fit.fitted_log_loss:.4f} fitted"
    return f"{who}, {losses}: {'kept' if fit.is_better else 'not kept'}"


if __name__ == "__main__":
    main()
