"""Verification: every entry with its seal, from the first one on, a page at a time. The first wrong one is named."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from shared_schema.audit import chain
from shared_schema.audit.seal import Head
from shared_schema.database import LibsqlDatabase, Statement

PAGE = 1000

_PAGE = f"""
    SELECT {chain.COLUMNS}, s.sequence, s.origin_salt, s.origin_digest, s.content_salt, s.content_digest, s.hash
    FROM audit_log a LEFT JOIN audit_seals s ON s.entry_id = a.id AND s.sequence <= ?
    WHERE a.id > ? ORDER BY a.id LIMIT ?
"""
_SEALED = "SELECT coalesce(max(sequence), 0) FROM audit_seals"
_GIVEN = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'audit_log'"
_OF_SEAL = "SELECT entry_id FROM audit_seals WHERE sequence >= ? ORDER BY sequence LIMIT 1"
_ERASED = "SELECT 1 FROM audit_log WHERE entity_type = 'user' AND entity_id = ? AND action = 'user.erase' LIMIT 1"
_BEFORE_ALL = -(2**63)


class Broken(Exception):
    """The log is not as it was written. Says where first, and how that shows."""


@dataclass(slots=True)
class Walk:
    """How far the log was followed. `unsealed` is the first entry without a seal, `emptied` counts erased parts."""

    entries: int = 0
    last_id: int = 0
    head: Head = field(default_factory=lambda: Head(sequence=0, hash=chain.GENESIS))
    unsealed: int | None = None
    emptied: int = 0
    erased: set[str] = field(default_factory=set)


def walk(db: LibsqlDatabase, known: Sequence[Head] = (), page: int = PAGE) -> Walk:
    """Verify the whole log. `known` are heads that were kept elsewhere. Raises Broken.

    Memory is that of a page. Entries that are not sealed yet may stand at the end.
    """
    done, kept, after, more = Walk(), {head["sequence"]: head["hash"] for head in known}, _BEFORE_ALL, True
    # What is sealed while we read counts as not sealed yet: on the pages before, it was not.
    sealed = db.fetch([Statement(_SEALED)], fresh=True)[0].value(int)
    while more:
        entries, given = db.fetch([Statement(_PAGE, (sealed, after, page)), Statement(_GIVEN)], fresh=True)
        for row in entries.rows:
            _follow(db, done, row)
            if kept.pop(done.head["sequence"], done.head["hash"]) != done.head["hash"]:
                raise Broken(f"entry {row['id']} is not what was sealed when this head was kept: another chain")
            after = row["id"]
        more = len(entries.rows) == page
    _check_end(db, done, sealed, given.value(int))
    if kept:
        raise Broken(f"the chain ends with seal {done.head['sequence']}; seal {max(kept)} was kept and is gone")
    return done


def _follow(db: LibsqlDatabase, done: Walk, row: chain.Row) -> None:
    """Go on to the next entry, or raise Broken."""
    number = row["id"]
    if number < 1:
        raise Broken(f"entry {number} was put in: the engine gives no such id")
    # Entries from before roles were logged may have gaps: they could be deleted then.
    if number != done.last_id + 1 and row["role"] is not None and row["sequence"] in (None, done.head["sequence"] + 1):
        raise Broken(f"entry {done.last_id + 1} is missing: ids are given one after the other, and never again")
    done.entries, done.last_id = done.entries + 1, number
    if row["sequence"] is None:
        done.unsealed = done.unsealed or number
        return
    if done.unsealed is not None:
        raise Broken(f"entry {done.unsealed} has no seal, but a later one has: it was put in, or its seal was taken")
    sequence = done.head["sequence"] + 1
    if row["sequence"] != sequence:
        _raise_gap(db, sequence, row)
    for group, columns in (("origin", chain.ORIGIN), ("content", chain.CONTENT)):
        _check_group(db, done, row, group, columns)
    if chain.link(done.head["hash"], sequence, row, row["origin_digest"], row["content_digest"]) != row["hash"]:
        raise Broken(f"entry {number} is not what was sealed")
    done.head = Head(sequence=sequence, hash=row["hash"])


def _raise_gap(db: LibsqlDatabase, sequence: int, row: chain.Row) -> NoReturn:
    missing = db.fetch([Statement(_OF_SEAL, (sequence,))], fresh=True)[0].value(int)
    if missing < row["id"]:
        raise Broken(f"entry {missing} is missing, but its seal is there")
    raise Broken(f"entry {row['id']} has seal {row['sequence']} in the place of seal {sequence}")


def _check_group(db: LibsqlDatabase, done: Walk, row: chain.Row, group: str, columns: Sequence[str]) -> None:
    """Raise Broken unless the columns about a person are as they were sealed, or empty after an erasure."""
    salt = row[f"{group}_salt"]
    if salt is not None:
        if chain.digest(salt, row, columns) != row[f"{group}_digest"]:
            raise Broken(f"entry {row['id']} was changed: {', '.join(columns)}")
        return
    person = row["user_id"] if group == "origin" else row["entity_id"] if row["entity_type"] == "user" else None
    if any(row[column] is not None for column in columns) or not _was_erased(db, done, str(person)):
        raise Broken(f"entry {row['id']} has lost a salt, but no erasure of a person has emptied it")
    done.emptied += 1


def _was_erased(db: LibsqlDatabase, done: Walk, person: str) -> bool:
    """Whether the log says that this person was erased."""
    if person not in done.erased and db.fetch([Statement(_ERASED, (person,))], fresh=True)[0].rows:
        done.erased.add(person)
    return person in done.erased


def _check_end(db: LibsqlDatabase, done: Walk, sealed: int, given: int) -> None:
    """Raise Broken if entries are missing behind the last one that is there."""
    if sealed > done.head["sequence"]:
        missing = db.fetch([Statement(_OF_SEAL, (done.head["sequence"] + 1,))], fresh=True)[0].value(int)
        raise Broken(f"entry {missing} is missing, but its seal is there")
    if given > done.last_id:
        raise Broken(f"entry {done.last_id + 1} is missing: ids up to {given} were given")
