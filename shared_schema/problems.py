"""What the rules raise when a request cannot be met. The web layer renders each as problem+json; no Flask here."""

from typing import Any


class Problem(Exception):
    """`status` and `code` are the wire contract's; `detail` is a sentence for a person; `extra` goes into the body."""

    status = 500
    code = "INTERNAL_ERROR"

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra


class NotFound(Problem):
    """There is no such thing, or it is somebody else's."""

    status = 404
    code = "NOT_FOUND"


class Conflict(Problem):
    """The thing is not in the state that the request needs, or exists already."""

    status = 409
    code = "CONFLICT"


class Invalid(Problem):
    """The request is understood and cannot be right. `errors`: messages by field, or by item of a file."""

    status = 422
    code = "VALIDATION_FAILED"


class Unauthenticated(Problem):
    """No token, or one that does not count. `code` says which."""

    status = 401

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class Forbidden(Problem):
    """A valid token of somebody who may not do this."""

    status = 403
    code = "PERMISSION_DENIED"


def invalid(field: str, message: str) -> Invalid:
    """One field is wrong."""
    return Invalid(f"{field}: {message}", errors={field: [message]})
