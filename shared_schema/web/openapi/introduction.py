"""The text at the head of each service's documentation."""

_SIGN_IN = {
    "study": "In production, people sign in with Google: `POST /api/auth/google` takes Google's ID token.",
    "growth": "The admins who decide sign in at the study service; a bot gets its token from an operator.",
}
_TEXT = """
{purpose}

## Getting a token

Every route under `/api` wants `Authorization: Bearer <token>`. {sign_in}
In development, `make run` writes tokens of a demo learner, a demo admin and a bot to `var/demo.env`. An operator mints
a service's with `python -m shared_schema.web.tokens --audience {service} --role service --subject NAME`.

## Conventions

- **Bodies** are JSON in camelCase. Times are ISO 8601 in UTC, amounts are US dollars. Unknown fields are refused.
- **Queries** take several values with commas: `objectiveIds=1,2`.
- **Lists** are `{{"<noun>": […], "next": …}}`. Send `next` as `after` for the page behind; null is the end.
- **Problems** are `application/problem+json` (RFC 9457). Look at `code`, not at the texts; `errors` names wrong fields.
- **Exactly once**: a POST with an `Idempotency-Key` is carried out once for each key of a caller. Send the key again
  when an answer was lost: the first answer comes again, with `Idempotency-Replayed: true`. The same JSON in other white
  space or key order is the same request; numbers count as they are written, so 1 and 1.0 are two.
- **What became of a request**: `GET /api/requests/{{key}}` has its first answer, or 404 `NEVER_HAPPENED`: one that is
  still under way may yet be carried out, but only once if it is sent again. After two days it is 410 `FORGOTTEN`. Say
  in `sentSecondsAgo` when it was sent; without it, unknown keys are `FORGOTTEN` once keys of the caller were deleted.
- **Nobody's change is lost**: a change that takes `If-Match` wants the `ETag` of what you have read. It is 412 if
  somebody else has changed that since, and 428 without.
- **Reading your own writes**: a write answers with `X-Consistency-Token`, the first time and when it is sent again. A
  read that brings it sees that write.
- **Limits**: 429 and 503 say in `Retry-After` when to try again.
- **Every answer** has an `X-Request-ID`. Quote it when you report a problem.
"""


def text(service: str, purpose: str) -> str:
    """The introduction of a service: what it is for, how to get a token, and what holds for all of its routes."""
    return _TEXT.format(service=service, purpose=purpose, sign_in=_SIGN_IN[service]).strip()
