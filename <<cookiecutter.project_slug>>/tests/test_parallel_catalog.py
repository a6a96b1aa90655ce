"""Changes of products at the same time, which PostgreSQL can do."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from catalog.models import Product


def elsewhere(function: Callable[[], Any]) -> Any:
    """Return what the function does by another connection to the database."""

    def call() -> Any:
        try:
            return function()
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        return pool.submit(call).result(timeout=20)


@pytest.mark.django_db(transaction=True)
def test_a_change_does_not_wait_for_the_transaction_of_another(
    client: Client, products: list[Product]
) -> None:
    cup, pot, _ = products
    cup.name, pot.name = "Beaker", "Kettle"
    client.get("/")
    with transaction.atomic():
        cup.save()
        elsewhere(pot.save)
        html = elsewhere(lambda: Client().get("/").text)
        assert "Kettle" in html and "Beaker" not in html
    html = client.get("/").text
    assert "Kettle" in html and "Beaker" in html
