"""The audit log over HTTP, the same at both services."""

from typing import NotRequired

from marshmallow import fields

from shared_schema.audit import log
from shared_schema.audit.log import Wanted
from shared_schema.problems import invalid
from shared_schema.web import paging
from shared_schema.web.api import Blueprint
from shared_schema.web.auth import ADMINS, allow
from shared_schema.web.schema import Flag, Instant, Out, Page, QueryWhole, Text, Whole

blp = Blueprint("audit", __name__, url_prefix="/api/audit", description="Who changed what")


class AuditFilter(Page):
    entity_type = Text(1, 100, metadata={"description": "What kind of thing was changed; with entityId"})
    entity_id = Text(1, 255, metadata={"description": "Which one was changed; with entityType"})
    user_id = QueryWhole(1, metadata={"description": "Who changed it"})


class AuditQuery(Wanted):
    """AuditFilter, loaded."""

    after: NotRequired[int]
    limit: int


class AuditEntry(Out):
    id = Whole(1)
    user_id = Whole(1, allow_none=True, metadata={"description": "Null for a service"})
    subject = fields.String(allow_none=True, metadata={"description": "Of the actor's token; null once erased"})
    role = fields.String(allow_none=True)
    action = fields.String()
    entity_type = fields.String(allow_none=True)
    entity_id = fields.String(allow_none=True)
    old_values = fields.Dict(fields.String(), fields.Raw(allow_none=True), allow_none=True)
    new_values = fields.Dict(fields.String(), fields.Raw(allow_none=True), allow_none=True)
    request_id = fields.String(allow_none=True)
    method = fields.String(allow_none=True)
    path = fields.String(allow_none=True)
    ip_address = fields.String(allow_none=True)
    user_agent = fields.String(allow_none=True)
    success = Flag()
    error_code = fields.String(allow_none=True)
    created_at = Instant()


class AuditPage(Out):
    entries = fields.List(fields.Nested(AuditEntry))
    next = Whole(1, allow_none=True)


@blp.route("")
@allow(*ADMINS)
@blp.arguments(AuditFilter, location="query")
@blp.response(200, AuditPage)
def list_audit_entries(query: AuditQuery) -> dict[str, object]:
    """Who changed what, latest first: everything, or of one thing (entityType and entityId), or by one user, or both"""
    if len({"entity_type", "entity_id"} & query.keys()) == 1:
        raise invalid("entity_id", "Say entityType and entityId together, or neither.")
    return paging.page("entries", log.page(query, query.get("after", 0), query["limit"]))
