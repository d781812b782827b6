"""What brought a person: the tag of the link that was followed at the first sign-in, and none that comes later."""

import pytest
from flask import Flask

from shared_schema.database import LibsqlDatabase
from tests.servers.issuer import Issuer
from tests.study_service.conftest import audited, rows


def sign_in(door: Flask, issuer: Issuer, subject: str, ref: str | None) -> None:
    body = {"credential": issuer.token(subject, email=f"{subject}@x.example")} | ({} if ref is None else {"ref": ref})
    assert door.test_client().post("/api/auth/google", json=body).status_code == 200


def tags(database: LibsqlDatabase) -> list[str | None]:
    return [row["sign_up_ref"] for row in rows(database, "SELECT * FROM users WHERE provider_id IS NOT NULL")]


def test_the_first_sign_in_decides_and_is_logged(door: Flask, issuer: Issuer, database: LibsqlDatabase) -> None:
    for subject, ref in (("1", "o-abc"), ("1", "newsletter"), ("1", None), ("2", None), ("2", "late")):
        sign_in(door, issuer, subject, ref)
    assert tags(database) == ["o-abc", None]
    logged = [entry["new"].get("sign_up_ref") for entry in audited(database, "user.create")]
    assert logged == ["o-abc", None]
    assert audited(database, "user.change") == []


@pytest.mark.parametrize(
    ("ref", "kept"),
    [
        ("x" * 64, True),
        ("A-z_0.9", True),
        ("x" * 65, False),
        ("two words", False),
        ("=1", False),
        ("\u00e4", False),
        ("a\n", False),
    ],
)
def test_a_tag_that_cannot_be_one_is_not_kept_and_locks_nobody_out(
    door: Flask, issuer: Issuer, database: LibsqlDatabase, ref: str, kept: bool
) -> None:
    sign_in(door, issuer, "1", ref)
    assert tags(database) == [ref if kept else None]
