"""`python -m study_service.resembling`: give bands to the questions that have none, so that they are found by others.

Those are questions of an older release, and those whose text was written by hand.
"""

import click

from shared_schema import opening
from shared_schema.database import Statement
from shared_schema.fields import dumps
from shared_schema.tables import db
from study_service import resembling

_PAGE = 500
_READ = "SELECT id, text FROM questions WHERE id > ? AND bands IS NULL ORDER BY id LIMIT ?"
# Whose text has been changed meanwhile has bands by now, or gets them in the next run.
_WRITE = """
    UPDATE questions SET bands = j.value->>'bands' FROM json_each(?) j
    WHERE questions.id = j.value->>'id' AND questions.text = j.value->>'text' AND questions.bands IS NULL
"""


@click.command()
def main() -> None:
    """Give bands to the questions of $TURSO_DATABASE_URL that have none."""
    opening.configured("study")
    click.echo(f"{mend()} questions have bands now")


def mend() -> int:
    """Give bands to all questions that have none, a page at a time. How many there were."""
    after = count = 0
    while read := db.fetch([Statement(_READ, (after, _PAGE))], fresh=True)[0].rows:
        rows = [{**row, "bands": resembling.bands(row["text"])} for row in read]
        count += db.batch([Statement(_WRITE, (dumps(rows),))], idempotent=True)[0].count
        after = read[-1]["id"]
    return count


if __name__ == "__main__":
    main()
