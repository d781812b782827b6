"""The growth service's Flask app."""

from flask import Flask

from growth_service import config, examples
from growth_service.routes import (
    accounts,
    analytics,
    assessments,
    budgets,
    costs,
    decisions,
    entries,
    generations,
    holds,
    leases,
    metrics,
    opportunities,
    tweets,
    voices,
)
from shared_schema.web import api, audit, keys
from shared_schema.web.config import Config

BLUEPRINTS = (
    accounts.blp,
    tweets.blp,
    opportunities.blp,
    decisions.blp,
    leases.blp,
    voices.blp,
    assessments.blp,
    metrics.blp,
    analytics.blp,
    generations.blp,
    entries.blp,
    costs.blp,
    budgets.blp,
    holds.blp,
    audit.blp,
    keys.blp,
)

ABOUT = api.About(
    title="PingToPass growth",
    purpose="The back end of the growth bot and of the person who approves its drafts, and the ledger of AI calls.",
    words=examples.WORDS,
)


def create_app(settings: Config | None = None) -> Flask:
    """An app that serves the growth bot and the person who approves its drafts."""
    settings = settings or config.from_env()
    app, documented = api.skeleton(settings, ABOUT, ("shared", "study", "growth"))
    app.config["ENGAGEMENT"] = settings.engagement
    for blueprint in BLUEPRINTS:
        documented.register_blueprint(blueprint)
    return app
