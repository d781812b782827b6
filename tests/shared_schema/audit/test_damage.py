"""Damage that somebody does who may change the schema: verification finds it, and names the first wrong entry.

The log has seven sealed entries and two that are not sealed yet.
"""

from collections.abc import Callable

import pytest

from shared_schema.audit import chain, seal, verify
from shared_schema.database import LibsqlDatabase
from tests.shared_schema.audit.conftest import broken, fill, sealed_ids
from tests.shared_schema.audit.test_append_only import KEPT, PERSONAL

Harm = Callable[..., None]
IDS_ANEW = "UPDATE sqlite_sequence SET seq = (SELECT max(id) FROM audit_log) WHERE name = 'audit_log'"


@pytest.fixture
def head(database: LibsqlDatabase) -> seal.Head:
    """The head of the chain when all was well."""
    fill(database, 7)
    sealed = seal.everything(database)
    fill(database, 2)
    assert broken(database, sealed.head) is None
    return sealed.head


SEALED = "entry 4 is not what was sealed"
PLAIN = {column: value for column, value in KEPT.items() if column != "id"}
GROUPS = {column: group for group in (chain.ORIGIN, chain.CONTENT) for column in group}


@pytest.mark.parametrize(
    ("harms", "complaint"),
    [
        *(([f"UPDATE audit_log SET {column} = {value} WHERE id = 4"], SEALED) for column, value in PLAIN.items()),
        *(
            ([f"UPDATE audit_log SET {column} = 'x' WHERE id = 4"], f"entry 4 was changed: {', '.join(GROUPS[column])}")
            for column in PERSONAL
        ),
        *(
            ([f"UPDATE audit_seals SET {column} = '{'0' * 64}' WHERE sequence = 4"], complaint)
            for column, complaint in (
                ("hash", SEALED),
                ("origin_digest", "entry 4 was changed: ip_address, user_agent, session_id, metadata"),
                ("content_digest", "entry 4 was changed: old_values, new_values, error_message"),
            )
        ),
        (
            ["UPDATE audit_log SET old_values = NULL WHERE id = 3"],
            "entry 3 was changed: old_values, new_values, error_message",
        ),
        (
            [
                "UPDATE audit_log SET old_values = NULL, new_values = NULL WHERE id = 3",
                "UPDATE audit_seals SET content_salt = NULL WHERE entry_id = 3",
            ],
            "entry 3 has lost a salt, but no erasure of a person has emptied it",
        ),
        (["DELETE FROM audit_log WHERE id = 4"], "entry 4 is missing, but its seal is there"),
        (
            ["DELETE FROM audit_log WHERE id = 4", "DELETE FROM audit_seals WHERE entry_id = 4"],
            "entry 5 has seal 5 in the place of seal 4",
        ),
        (["DELETE FROM audit_log WHERE id >= 6"], "entry 6 is missing, but its seal is there"),
        (["DELETE FROM audit_log WHERE id >= 8"], "entry 8 is missing: ids up to 9 were given"),
        (
            ["DELETE FROM audit_log WHERE id = 8"],
            "entry 8 is missing: ids are given one after the other, and never again",
        ),
        (
            [f"UPDATE audit_log SET id = {new} WHERE id = {old}" for old, new in ((3, 99), (5, 3), (99, 5))],
            "entry 3 was changed: old_values, new_values, error_message",
        ),
        (
            [
                f"UPDATE audit_seals SET sequence = {new} WHERE sequence = {old}"
                for old, new in ((3, 99), (5, 3), (99, 5))
            ],
            "entry 3 has seal 5 in the place of seal 3",
        ),
        (["INSERT INTO audit_log (id, action) VALUES (0, 'x')"], "entry 0 was put in: the engine gives no such id"),
        (
            ["DELETE FROM audit_seals WHERE sequence = 4"],
            "entry 4 has no seal, but a later one has: it was put in, or its seal was taken",
        ),
    ],
)
def test_it_is_found_and_named(
    database: LibsqlDatabase, head: seal.Head, harm: Harm, harms: list[str], complaint: str
) -> None:
    harm(*harms)
    assert broken(database) == complaint


def test_swapped_entries_of_one_person_are_found(database: LibsqlDatabase, head: seal.Head, harm: Harm) -> None:
    """Their salts differ, and so does what is sealed: none can stand in another's place."""
    swap = "UPDATE audit_log SET created_at = (SELECT created_at + 1 FROM audit_log WHERE id = 5) WHERE id = 3"
    harm(swap)
    assert broken(database) == "entry 3 is not what was sealed"


def test_an_entry_put_into_an_old_gap_is_found(database: LibsqlDatabase, harm: Harm) -> None:
    """Entries from before roles were logged may have gaps. Nothing comes into them later."""
    for number in (1, 5, 6):
        database.execute_sql("INSERT INTO audit_log (id, action) VALUES (?, 'login')", (number,))
    seal.everything(database)
    fill(database, 2)
    seal.everything(database)
    assert broken(database) is None
    assert sealed_ids(database) == [1, 5, 6, 7, 8]
    harm("INSERT INTO audit_log (id, action) VALUES (3, 'login')")
    assert broken(database) == "entry 3 has no seal, but a later one has: it was put in, or its seal was taken"
    harm("DELETE FROM audit_log WHERE id IN (1, 3)")
    assert broken(database) == "entry 1 is missing, but its seal is there"


def test_a_chain_that_was_made_anew_is_found_by_a_head_that_was_kept(
    database: LibsqlDatabase, head: seal.Head, harm: Harm
) -> None:
    harm("UPDATE audit_log SET action = 'x' WHERE id = 2", "DELETE FROM audit_seals")
    seal.everything(database)
    assert broken(database) is None, "who may do all this can make everything agree"
    complaint = "entry 7 is not what was sealed when this head was kept: another chain"
    assert broken(database, head) == complaint


def test_an_end_that_was_cut_off_is_found_by_a_head_that_was_kept(
    database: LibsqlDatabase, head: seal.Head, harm: Harm
) -> None:
    harm("DELETE FROM audit_log WHERE id >= 6", "DELETE FROM audit_seals WHERE entry_id >= 6", IDS_ANEW)
    assert broken(database) is None
    assert broken(database, head) == "the chain ends with seal 5; seal 7 was kept and is gone"


def test_values_in_an_emptied_entry_are_found(database: LibsqlDatabase, head: seal.Head, harm: Harm) -> None:
    database.execute_sql(
        "INSERT INTO audit_log (action, entity_type, entity_id, role) VALUES ('user.erase', 'user', '2', 'operator')"
    )
    empty = "UPDATE audit_log SET new_values = NULL WHERE id = 2"
    harm(empty, "UPDATE audit_seals SET content_salt = NULL WHERE entry_id = 2")
    assert broken(database) is None
    assert verify.walk(database).emptied == 1
    harm("UPDATE audit_log SET new_values = '{}' WHERE id = 2")
    assert broken(database) == "entry 2 has lost a salt, but no erasure of a person has emptied it"
