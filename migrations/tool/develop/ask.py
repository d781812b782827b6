"""Questions to whoever drafts a change: is this a rename, shall these values go? Without an answer nothing is done."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from migrations.tool import exits
from migrations.tool.schema import renames as renaming
from migrations.tool.schema.definition import Inventory, Schema
from migrations.tool.schema.renames import Rename, Renames

Confirm = Callable[[str], bool]


class Unanswered(exits.Stopped):
    """The command line does not say what was meant; the message names the answers that there are."""

    exit_code = exits.USAGE


@dataclass(frozen=True, slots=True)
class Answers:
    """What the command line says: `renames` as `old:new` or `table.old:new`; whether everything else is no rename.

    `confirm` asks a person at a terminal; None where there is none.
    """

    renames: tuple[str, ...] = ()
    no_rename: bool = False
    confirm: Confirm | None = None


NOTHING_SAID = Answers()


def renames(old: Schema, new: Schema, answers: Answers) -> Renames:
    """The renames that lead from `old` to `new`. Raises Unanswered where one may be meant and nobody says so."""
    named = [_read(text) for text in answers.renames]
    if wrong := renaming.unknown(named, old, new):
        raise Unanswered("\n".join(wrong))
    known = renaming.NO_RENAMES
    for rename in named:
        known += rename
    denied: set[Rename] = set()
    while open_ := _candidates(old, new, known, denied):
        if answers.no_rename:
            break
        if answers.confirm is None:
            raise Unanswered("\n".join(map(_sentence, open_)))
        if answers.confirm(_question(open_[0])):
            known += open_[0]
        else:
            denied.add(open_[0])
    return known


def check_drops(drop: Sequence[str], undeclared: Sequence[str]) -> None:
    """Raises Unanswered for a --drop that names nothing which could be dropped."""
    for name in drop:
        if name not in undeclared:
            there = ", ".join(undeclared) or "none"
            raise Unanswered(f"--drop {name}: no such object beside the declared ones; there are: {there}")


def _candidates(old: Schema, new: Schema, known: Renames, denied: Collection[Rename]) -> list[Rename]:
    middle, _ = renaming.apply(Inventory(old, {}), known)
    return renaming.candidates(middle.tables, new, denied)


def _read(text: str) -> Rename:
    """`old:new`, or `table.old:new`."""
    old, colon, new = text.partition(":")
    table, dot, column = old.partition(".")
    if not (colon and new and old and (not dot or (table and column))):
        raise Unanswered(f"--rename {text}: say --rename old:new for a table, --rename table.old:new for a column")
    return Rename(column, new, table) if dot else Rename(old, new)


def _question(rename: Rename) -> str:
    if rename.table is None:
        return f'Is the new table "{rename.new}" the old "{rename.old}" under another name?'
    return f'Is the new column "{rename.table}"."{rename.new}" the old "{rename.old}" under another name?'


def _sentence(rename: Rename) -> str:
    what = f'the table "{rename.old}" is gone and "{rename.new}" is new'
    if rename.table is not None:
        what = f'the column "{rename.old}" is gone from "{rename.table}" and "{rename.new}" is new'
    return f"{what}: say --rename {rename} if it is the same one under another name, or --no-rename if it is not"
