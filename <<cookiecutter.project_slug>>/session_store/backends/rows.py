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

# So many rows are deleted at a time, in a tenth of a second or so.
CHUNK = 5000


class RowSession(AtomicSession):
    """Reads and writes a row; the token of its state is its `session_data`.

    It goes in front of a class that has what Django's database sessions have.
    """

    # What the row had in it when it was last read or written here; the date as the
    # database's driver has it.
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
        # Asked after a write, it is what was written.
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
            # What the database itself fills in is for the database to change.
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
        """Return when the row ends, of what was last read or written here."""
        column = self.model._meta.get_field("expire_date").get_col("")
        value, connection = self._expire_date, self._connection
        for convert in (
            *connection.ops.get_db_converters(column),
            *column.get_db_converters(connection),
        ):
            value = convert(value, column, connection)
        return value

    def is_final(self) -> bool:
        """Return False inside a transaction, which may still be rolled back."""
        return not self._connection.in_atomic_block

    def when_final(self, function: Callable[[], None]) -> None:
        if self.is_final():
            function()
        else:
            transaction.on_commit(function, using=router.db_for_write(self.model))

    @classmethod
    def clear_expired(cls) -> None:
        """Delete the rows of sessions that have ended.

        A few at a time, each few in a transaction of their own, so that visitors do not
        wait. A row that is given a later end meanwhile stays.
        """
        model = cls.get_model_class()
        rows = model.objects.using(router.db_for_write(model))
        expired = rows.filter(expire_date__lt=timezone.now())
        oldest = expired.order_by("expire_date").values_list("expire_date", "pk")
        chunk = list(oldest[:CHUNK])
        while chunk:
            dates, keys = zip(*chunk, strict=True)
            expired.filter(pk__in=keys).delete()
            # From there on, as databases keep traces of deleted rows in the index.
            chunk = list(oldest.filter(expire_date__gte=dates[-1])[:CHUNK])

    @property
    def _connection(self) -> BaseDatabaseWrapper:
        return connections[router.db_for_write(self.model)]

    @contextmanager
    def _execute(
        self, sql: str, before: Sequence[Any] = (), after: Sequence[Any] = ()
    ) -> Iterator[CursorWrapper]:
        """Run the statement on the row of this session, if it is still alive.

        Most pages wait for it, and plain SQL takes a tenth of what a `QuerySet` does.
        """
        connection = self._connection
        table = connection.ops.quote_name(self.model._meta.db_table)
        sql = sql.format(table=table, alive="session_key = %s AND expire_date > %s")
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        with connection.cursor() as cursor:
            cursor.execute(sql, [*before, self.session_key, now, *after])
            yield cursor
