"""What a development database would lose on its way to the models, and how many rows have a value in it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from migrations.tool.develop import ask
from migrations.tool.schema import beside, renames
from migrations.tool.schema.definition import Inventory
from migrations.tool.schema.renames import Renames
from migrations.tool.schema.sqltext import quoted
from shared_schema.database import LibsqlDatabase, Statement


@dataclass(frozen=True, slots=True)
class Loss:
    """A column, by its name in the models and its table in the database; "" as column for all rows of the table."""

    name: str
    table: str
    column: str


def check(db: LibsqlDatabase, there: Inventory, wanted: Inventory, renamed: Renames, drop: Collection[str]) -> None:
    """Raises ask.Unanswered where values would be lost that `drop` does not name, or where it names none."""
    lost = [*_columns(there, wanted, renamed), *_virtual(there, wanted)]
    gone = there.objects.keys() - wanted.objects.keys()
    if unknown := sorted(set(drop) - {loss.name for loss in lost} - gone):
        raise ask.Unanswered("\n".join(f"--drop {name}: nothing of this name would go" for name in unknown))
    sentences = [_sentence(loss, rows) for loss in lost if loss.name not in drop and (rows := _rows(db, loss))]
    if sentences:
        raise ask.Unanswered("\n".join(sentences))


def _columns(there: Inventory, wanted: Inventory, renamed: Renames) -> Iterator[Loss]:
    middle, _ = renames.apply(Inventory(there.tables, {}), renamed)
    before = {rename.new: rename.old for rename in renamed.tables}
    for name, table in middle.tables.items():
        for column in renames.lost_columns(table, wanted.tables[name]):
            yield Loss(f"{name}.{column}", before.get(name, name), column)


def _virtual(there: Inventory, wanted: Inventory) -> Iterator[Loss]:
    """Of virtual tables that change: columns that are not copied, or all rows where they cannot be copied."""
    for name, (was, now) in beside.changed_with_rows(there, wanted).items():
        if beside.is_copied(was, now):
            new = beside.columns(now)
            yield from (Loss(f"{name}.{column}", name, column) for column in beside.columns(was) if column not in new)
        else:
            yield Loss(name, name, "")


def _rows(db: LibsqlDatabase, loss: Loss) -> int:
    """How many rows have a value there."""
    where = f" WHERE {quoted(loss.column)} IS NOT NULL" if loss.column else ""
    (result,) = db.fetch([Statement(f"SELECT count(*) FROM {quoted(loss.table)}{where}")])
    return result.value(int)


def _sentence(loss: Loss, rows: int) -> str:
    many = f"{rows} row{'' if rows == 1 else 's'}"
    what = f"{loss.name} has a value in {many}" if loss.column else f"{loss.name} has {many}"
    return f"{what} and would be lost: say --drop {loss.name} if nobody misses it. Nothing was changed."
