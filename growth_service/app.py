"""The growth service's Flask app."""

from flask import Flask

from growth_service import config
from growth_service.routes import accounts, costs, generations, leases, metrics, opportunities, tweets
from shared_schema.web import api, audit
from shared_schema.web.config import Config

BLUEPRINTS = (
    accounts.blp,
    tweets.blp,
    opportunities.blp,
    leases.blp,
    metrics.blp,
    generations.blp,
    costs.blp,
    audit.blp,
)


def create_app(settings: Config | None = None) -> Flask:
    """An app that serves the growth bot and the person who approves its drafts."""
    app, documented = api.skeleton(settings or config.from_env(), "PingToPass growth", ("shared", "study", "growth"))
    for blueprint in BLUEPRINTS:
        documented.register_blueprint(blueprint)
    return app
