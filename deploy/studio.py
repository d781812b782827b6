"""The path of the embedded database, for tools that read files."""

from shared_schema import environment

print(environment.database_url().removeprefix("file:"))
