"""Migration files run as they stand, without what `up` looks at before and after them.

For tests of the router itself, and for databases in a state that `up` would refuse to bring about.
"""

from migrations.tool.router import StreamRouter
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams


def up(db: LibsqlDatabase, stream: str | None = None) -> list[str]:
    """Run what a stream and its needs lack, or all streams; `stream/name` of each migration that was run, in order."""
    return [f"{name}/{migration}" for name in streams.with_needs(stream) for migration in StreamRouter(db, name).run()]
