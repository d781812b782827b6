"""Shared tables: the clock that replicas are measured by, and who serves."""

import marshmallow
import peewee

from shared_schema.fields import JSONField, now
from shared_schema.tables.table import Table


class ConsistencyClock(Table):
    """One row. Every batch on a server adds 1 to its `tick`; a replica has got as far as the tick that it shows."""

    id = peewee.IntegerField(primary_key=True, constraints=[peewee.Check("id = 1")])
    tick = peewee.IntegerField()

    class Meta:
        table_name = "consistency_clock"


class Deployment(Table):
    """A worker process of a service. `knows` has the migrations that its code has as files: `{stream: {name: phase}}`.

    It counts as dead once `seen_at` is more than `silence_s` seconds ago.
    """

    instance = peewee.TextField(primary_key=True)
    service = peewee.TextField()
    host = peewee.TextField()
    version = peewee.TextField()
    knows = JSONField(
        marshmallow.fields.Dict(
            keys=marshmallow.fields.String(),
            values=marshmallow.fields.Dict(
                keys=marshmallow.fields.String(),
                values=marshmallow.fields.String(validate=marshmallow.validate.OneOf(("expand", "contract"))),
            ),
        )
    )
    silence_s = peewee.IntegerField()
    started_at = now()
    seen_at = now()

    class Meta:
        table_name = "deployments"
