"""What the rules raise when a request cannot be met. `web.errors` gives each its status, code and document."""


class Problem(Exception):
    """`detail` is a sentence for a person; `extra` are further members of the answer."""

    def __init__(self, detail: str, **extra: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra


class NotFound(Problem):
    """There is no such thing, or it belongs to somebody else."""


class NeverHappened(Problem):
    """No request with this key was carried out. One that is still under way may yet be."""


class Forgotten(Problem):
    """What became of the request is not known any more."""


class Conflict(Problem):
    """The thing is not in the state that the request needs, or exists already."""


class Vanished(Conflict):
    """What the answer would have shown was gone before it could be made, so nothing was done."""


class TimeOver(Conflict):
    """A timed thing takes no more: its time is over by the server's clock."""


class BudgetExceeded(Conflict):
    """There is not as much left in a budget as the request needs."""


class Damaged(Problem):
    """A stored row cannot be used, so nothing was done with it. `problem`, for the log, says what is wrong with it."""

    def __init__(self, table: str, row_id: object, column: str, problem: str, *, detail: str | None = None) -> None:
        super().__init__(detail or f"row {row_id} of {table} cannot be used until its {column} is mended")
        self.table = table
        self.id = row_id
        self.column = column
        self.problem = problem


class Invalid(Problem):
    """The request is understood and cannot be right. `fields`: messages by the Python name of each wrong field."""

    def __init__(self, detail: str, *, fields: dict[str, list[str]] | None = None, **extra: object) -> None:
        super().__init__(detail, **extra)
        self.fields = fields or {}


class PreconditionRequired(Problem):
    """The request must name, in If-Match, the state of the thing that it is to change."""


class PreconditionFailed(Problem):
    """The thing has changed since the request's sender read it."""

    def __init__(self, detail: str = "somebody has changed this since it was read: read it again") -> None:
        super().__init__(detail)


class Unauthenticated(Problem):
    """The request has no token."""


class TokenExpired(Unauthenticated):
    """The token was valid once."""


class TokenInvalid(Unauthenticated):
    """The token is not one of ours for this service, or its user is not active."""


class IssuerAway(Problem):
    """Who vouches for people cannot be asked now, so nobody can be told from anybody else."""


class Forbidden(Problem):
    """The token is valid and its owner may not do this."""


class PlanLimitReached(Problem):
    """The learner has answered as many questions today as the plan has. A new day begins in `retry_after_s` seconds."""

    def __init__(self, detail: str, *, retry_after_s: int, **extra: object) -> None:
        super().__init__(detail, **extra)
        self.retry_after_s = retry_after_s


def invalid(field: str, message: str) -> Invalid:
    """One field, by its Python name, is wrong."""
    return Invalid(message, fields={field: [message]})
