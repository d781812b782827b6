"""Both services with an issuer, and with what the examples of their documents refer to."""

from typing import Any

import pytest
from flask import Flask

from shared_schema.database import LibsqlDatabase
from tests.contract import people
from tests.contract.people import People
from tests.servers.issuer import Issuer
from tests.study_service.conftest import door, issuer

__all__ = ["door", "issuer"]


@pytest.fixture(params=["study", "growth"])
def crowd(
    request: pytest.FixtureRequest, door: Flask, growth_app: Flask, database: LibsqlDatabase, issuer: Issuer
) -> People:
    crowd = People(door if request.param == "study" else growth_app, database, issuer)
    people.prepare(crowd)
    return crowd


@pytest.fixture
def document(crowd: People) -> dict[str, Any]:
    document: dict[str, Any] = crowd.app.test_client().get("/openapi.json").json
    return document
