"""The study service's Flask app."""

from flask import Flask

from shared_schema.web import api, audit, keys
from shared_schema.web.config import Config
from study_service import config, examples
from study_service.routes import (
    bookmarks,
    creation,
    deletion,
    edits,
    exams,
    exports,
    flags,
    imports,
    memory,
    offline,
    people,
    progress,
    questions,
    queue,
    reviews,
    session_states,
    sessions,
    sign_in,
    statistics,
    study,
    tests,
    users,
)

BLUEPRINTS = (
    sign_in.blp,
    users.blp,
    people.blp,
    exams.blp,
    questions.blp,
    creation.blp,
    edits.blp,
    reviews.blp,
    deletion.blp,
    imports.blp,
    exports.blp,
    bookmarks.blp,
    flags.blp,
    queue.blp,
    study.blp,
    offline.blp,
    memory.blp,
    sessions.blp,
    session_states.blp,
    tests.blp,
    progress.blp,
    statistics.blp,
    audit.blp,
    keys.blp,
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
    app.config |= {"DAILY_QUESTIONS": settings.daily_questions, "MONTHLY_TESTS": settings.monthly_tests}
    app.config["REVIEWS_PER_DAY"] = settings.reviews_per_day
    app.config["REVIEW_BY_ANOTHER"] = settings.review_by_another
    app.extensions["withhold"] = tests.withhold
    for blueprint in BLUEPRINTS:
        documented.register_blueprint(blueprint)
    return app
