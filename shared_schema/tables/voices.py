"""Tables of the growth service: the voices that drafts are written in."""

import peewee
from marshmallow import fields as shape

from shared_schema.fields import JSONField, flag, now
from shared_schema.tables.table import Table

_STRINGS = shape.List(shape.String())


class VoiceProfile(Table):
    id = peewee.AutoField()
    name = peewee.TextField()
    description = peewee.TextField(null=True)
    tone = peewee.TextField(null=True)
    topics = JSONField(_STRINGS, null=True)
    vocabulary = JSONField(_STRINGS, null=True)
    examples = JSONField(_STRINGS, null=True)
    voice_data = JSONField(shape.Dict(), null=True)
    is_active = flag("is_active")
    created_at = now()
    updated_at = now()

    class Meta:
        table_name = "voice_profiles"
