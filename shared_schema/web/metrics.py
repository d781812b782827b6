"""`/metrics`, for Prometheus. It tells what the business spends, so it wants the token of a service or an admin."""

from flask import Blueprint, Response, current_app

from shared_schema.metrics import text
from shared_schema.releases import version
from shared_schema.tables import db
from shared_schema.web import health
from shared_schema.web.auth import SERVICES_AND_ADMINS, allow


def blueprint(service: str) -> Blueprint:
    """The route of one service."""
    routes = Blueprint("figures", __name__)

    @routes.get("/metrics")
    @allow(*SERVICES_AND_ADMINS)
    def metrics() -> Response:
        ready = health.is_ready(current_app)
        figures = text.of(service, release=version.current(), ready=ready, replica_age_s=db.replica_age_s())
        return Response(figures, content_type=text.CONTENT_TYPE)

    return routes
