"""The team's models, as they grow over the year."""

import peewee

from shared_schema.fields import counter, refers_to


def table(name, /, *indexes, **fields):
    """A model made on the spot; an index is its columns, and whether they are unique."""
    meta = type("Meta", (), {"table_name": name, "strict_tables": True, "legacy_table_names": False})
    model = type(name.title(), (peewee.Model,), {**fields, "Meta": meta})
    for columns, unique in indexes:
        model.add_index(*(getattr(model, column) for column in columns), unique=unique)
    return model


def text():
    return peewee.TextField(null=True)


def number(*constraints):
    return lambda: peewee.IntegerField(null=True, constraints=list(constraints))


def exams(*indexes, **more):
    """`more` are makers of fields: the order in which fields are made is that of the columns."""
    first = {"id": peewee.AutoField(), "code": peewee.TextField()}
    return table("exams", *indexes, **first, **{name: make() for name, make in more.items()})


def questions(*indexes):
    exam = refers_to("exams", "CASCADE")
    return table("questions", *indexes, id=peewee.AutoField(), exam_id=exam, text=peewee.TextField())


def people():
    return table("people", id=peewee.AutoField(), name=peewee.TextField())


def tweets():
    return table("tweets", id=peewee.TextField(primary_key=True), text=peewee.TextField(), likes=counter())


def drafts():
    """Refers to a table of another stream."""
    exam = refers_to("exams", "SET NULL", null=True)
    return table("drafts", id=peewee.AutoField(), exam_id=exam, text=peewee.TextField())
