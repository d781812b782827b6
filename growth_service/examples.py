"""What the examples of the OpenAPI document show, by schema, by field of a schema, or by field."""

WORDS: dict[str, object] = {}
