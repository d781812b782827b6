"""The study service with few reviews a day."""

import pytest
from flask import Flask

from shared_schema.database.settings import Settings
from shared_schema.web.config import Config
from study_service import app
from tests.conftest import KEYS, tested


@pytest.fixture(scope="session")
def two_a_day() -> Flask:
    config = Config("study", 0, "127.0.0.1", Settings("file::memory:"), KEYS, reviews_per_day=2)
    return tested(app.create_app(config))
