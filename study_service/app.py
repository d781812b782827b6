"""The study service's Flask app."""

from flask import Flask

from shared_schema.web import api, audit
from shared_schema.web.config import Config
from study_service import config
from study_service.routes import exams, imports, progress, questions, sessions, study, users

BLUEPRINTS = (users.blp, exams.blp, questions.blp, imports.blp, study.blp, sessions.blp, progress.blp, audit.blp)


def create_app(settings: Config | None = None) -> Flask:
    """An app that serves the study frontend."""
    app, documented = api.skeleton(settings or config.from_env(), "PingToPass study", ("shared", "study"))
    for blueprint in BLUEPRINTS:
        documented.register_blueprint(blueprint)
    return app
