"""Sessions as rows of a table: what the engines db and cached_db share."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import CreateError
from django.db import IntegrityError, connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from django.utils import timezone

from .base import AtomicSession, Data

# How many rows are deleted at a time, which takes about a tenth of a second.
CHUNK = 5000


class RowSession(AtomicSession):
    """A session that is a row; the token of its state is the row's `session_data`.

    An engine inherits from this class first and then from Django's database sessions,
    or from a class with the same attributes and methods.
    """

    # The row's values when this object last read or wrote it; the date may be as the
    # database driver returned it.
    _session_data: str | None = None
    _expire_date: datetime | str | None = None

    def read(self) -> tuple[Data | None, Any]:
        with self._execute(
            "SELECT session_data, expire_date FROM {table} WHERE {alive}"
        ) as cursor:
            row = cursor.fetchone()
        if row is None:
            return None, None
        self._session_data, self._expire_date = row
        return self.decode(row[0]), row[0]

    def token_of(self, data: Data) -> Any:
        # It is only called after a write, so this is the text that was written.
        return self._session_data

    def create_model_instance(self, data: Data) -> Model:
        row = super().create_model_instance(data)
        row.expire_date = timezone.now() + timedelta(seconds=self.get_store_age())
        return row

    def insert(self, data: Data) -> None:
        row = self.create_model_instance(data)
        using = router.db_for_write(self.model, instance=row)
        try:
            with transaction.atomic(using=using):
                row.save(force_insert=True, using=using)
        except IntegrityError as error:
            raise CreateError from error
        self._session_data, self._expire_date = row.session_data, row.expire_date

    def replace(self, data: Data, token: Any) -> bool:
        row = self.create_model_instance(data)
        self._session_data, self._expire_date = row.session_data, row.expire_date
        quote = self._connection.ops.quote_name
        values = {}
        for field in self.model._meta.concrete_fields:
            value = field.pre_save(row, add=False)
            # Leave out the key, and the values that the database fills in itself.
            if not (field.primary_key or field.generated or hasattr(value, "as_sql")):
                value = field.get_db_prep_save(value, self._connection)
                values[f"{quote(field.column)} = %s"] = value
        with self._execute(
            f"UPDATE {{table}} SET {', '.join(values)}"
            " WHERE {alive} AND session_data = %s",
            before=[*values.values()],
            after=[token],
        ) as cursor:
            return bool(cursor.rowcount)

    def remove(self, token: Any) -> bool:
        with self._execute(
            "DELETE FROM {table} WHERE {alive} AND session_data = %s", after=[token]
        ) as cursor:
            return bool(cursor.rowcount)

    def expire_date(self) -> datetime:
        """Return when the row expires, as this object last read or wrote it."""
        column = self.model._meta.get_field("expire_date").get_col("")
        value, connection = self._expire_date, self._connection
        for convert in (
            *connection.ops.get_db_converters(column),
            *column.get_db_converters(connection),
        ):
            value = convert(value, column, connection)
        return value

    def is_final(self) -> bool:
        """Return whether writes are final: in a transaction they may be rolled back."""
        return not self._connection.in_atomic_block

    def when_final(self, function: Callable[[], None]) -> None:
        if self.is_final():
            function()
        else:
            transaction.on_commit(function, using=router.db_for_write(self.model))

    @classmethod
    def clear_expired(cls) -> None:
        """Delete the rows of expired sessions.

        They are deleted in chunks, each in a transaction of its own, so that visitors
        do not wait for locks. A row whose expiry is postponed meanwhile stays.
        """
        model = cls.get_model_class()
        rows = model.objects.using(router.db_for_write(model))
        expired = rows.filter(expire_date__lt=timezone.now())
        oldest = expired.order_by("expire_date").values_list("expire_date", "pk")
        chunk = list(oldest[:CHUNK])
        while chunk:
            dates, keys = zip(*chunk, strict=True)
            expired.filter(pk__in=keys).delete()
            # Go on from the last date: an index scan from the beginning would meet the
            # dead entries of all rows that have been deleted.
            chunk = list(oldest.filter(expire_date__gte=dates[-1])[:CHUNK])

    @property
    def _connection(self) -> BaseDatabaseWrapper:
        return connections[router.db_for_write(self.model)]

    @contextmanager
    def _execute(
        self, sql: str, before: Sequence[Any] = (), after: Sequence[Any] = ()
    ) -> Iterator[CursorWrapper]:
        """Run the statement on the row of this session, and yield the cursor.

        In `sql`, `{table}` stands for the table, and `{alive}` for the condition that
        the row is this session's and has not expired. Most pages wait for such a
        statement, and plain SQL takes a tenth of the time of a `QuerySet`.
        """
        connection = self._connection
        table = connection.ops.quote_name(self.model._meta.db_table)
        sql = sql.format(table=table, alive="session_key = %s AND expire_date > %s")
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        with connection.cursor() as cursor:
            cursor.execute(sql, [*before, self.session_key, now, *after])
            yield cursor
