"""Sessions as rows of a table: what the engines db and cached_db share."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import CreateError
from django.db import IntegrityError, router, transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from .base import AtomicSession, Data

# So many rows are deleted at a time, in a tenth of a second or so.
CHUNK = 5000


class RowSession(AtomicSession):
    """Reads and writes a row; the token of its state is its `session_data`.

    It goes in front of a class that has what Django's database sessions have.
    """

    # What the row had in it when it was last read or written here, and its expiry.
    _session_data: str | None = None
    _expire_date: datetime | None = None

    def read(self) -> tuple[Data | None, Any]:
        rows = self._rows().filter(expire_date__gt=timezone.now())
        for row in rows.values_list("session_data", "expire_date"):
            self._session_data, self._expire_date = row
            return self.decode(row[0]), row[0]
        return None, None

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
        values = {
            field.attname: field.pre_save(row, add=False)
            for field in self.model._meta.concrete_fields
            if not field.primary_key
        }
        rows = self._rows().filter(session_data=token, expire_date__gt=timezone.now())
        return bool(rows.update(**values))

    def is_final(self) -> bool:
        """Return False inside a transaction, which may still be rolled back."""
        using = router.db_for_write(self.model)
        return not transaction.get_connection(using).in_atomic_block

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

    def _rows(self) -> QuerySet[Model]:
        using = router.db_for_write(self.model)
        return self.model.objects.using(using).filter(session_key=self.session_key)
