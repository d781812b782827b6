"""The study service's Flask app."""

from flask import Flask

from shared_schema.web import api, audit
from shared_schema.web.config import Config
from study_service import config, examples
from study_service.routes import exams, imports, people, progress, questions, sessions, sign_in, study, users

BLUEPRINTS = (
    sign_in.blp,
    users.blp,
    people.blp,
    exams.blp,
    questions.blp,
    imports.blp,
    study.blp,
    sessions.blp,
    progress.blp,
    audit.blp,
)

ABOUT = api.About(
    title="PingToPass study",
    purpose="The back end of the study frontend: exams, questions, study sessions, grading, progress.",
    words=examples.WORDS,
)


def create_app(settings: Config | None = None) -> Flask:
    """An app that serves the study frontend."""
    settings = settings or config.from_env()
    app, documented = api.skeleton(settings, ABOUT, ("shared", "study"))
    app.extensions |= sign_in.set_up(settings.sign_in)
    app.config["DAILY_QUESTIONS"] = settings.daily_questions
    for blueprint in BLUEPRINTS:
        documented.register_blueprint(blueprint)
    return app
