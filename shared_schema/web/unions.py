"""Answers that have one of several forms, told apart by a word in them."""

from collections.abc import Mapping
from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import fields

from shared_schema.web.schema import Out, camel


class Union(fields.Field[Any]):
    """An object of the schema that the word in its field `by` names. The document has it as the schema `name`."""

    def __init__(self, name: str, by: str, schemas: Mapping[str, Out], **options: Any) -> None:
        self.union, self.by, self.schemas = name, by, schemas
        super().__init__(**options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **options: Any) -> Any:
        return None if value is None else self.schemas[value[self.by]].write(value)


def document(plugin: MarshmallowPlugin) -> None:
    """Teach the plugin of an Api what the document says of a Union."""
    converter: Any = plugin.converter  # apispec's has no types
    converter.add_attribute_function(_documented)


def _documented(converter: OpenAPIConverter, field: fields.Field[Any], **_: object) -> dict[str, Any]:
    """What the OpenAPI document says of a Union, for apispec, which asks for every field."""
    if not isinstance(field, Union):
        return {}
    components = converter.spec.components
    if field.union not in components.schemas:
        resolve: Any = converter.resolve_nested_schema  # apispec's has no types
        mapping = {word: resolve(schema)["$ref"] for word, schema in field.schemas.items()}
        forms = [{"$ref": reference} for reference in dict.fromkeys(mapping.values())]
        discriminator = {"propertyName": camel(field.by), "mapping": mapping}
        components.schema(field.union, {"oneOf": forms, "discriminator": discriminator})
    return {"$ref": f"#/components/schemas/{field.union}"}
