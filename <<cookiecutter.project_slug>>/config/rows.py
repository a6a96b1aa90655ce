"""Rows that are read for nearly every page of a user."""

from typing import Any

from django.db import connections, router
from django.db.models import Model


def row(model: type[Model], pk: Any) -> Model | None:
    """Return the row with that primary key, if there is one.

    Plain SQL takes less than half of what a `QuerySet` does.
    """
    connection = connections[router.db_for_read(model)]
    quote, field = connection.ops.quote_name, model._meta.pk
    sql = (
        f"SELECT * FROM {quote(model._meta.db_table)} WHERE {quote(field.column)} = %s"
    )
    value = field.get_db_prep_value(pk, connection)
    rows = model._default_manager.raw(sql, [value], using=connection.alias)
    return next(iter(rows), None)
