"""Requests that are too large, or make no sense, get an answer that says so."""

from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

pytestmark = pytest.mark.usefixtures("products")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("q=" + "x" * 10_000, 200),
        ("q=%00%FF%ED%A0%80", 200),
        ("page=" + "9" * 10_000, 200),
        ("page=-1", 200),
        ("page=%00", 200),
        ("category=" + "x" * 10_000, 404),
        ("category=%00", 404),
        ("q&" * 1001, 400),
    ],
    ids=lambda value: str(value)[:12],
)
def test_queries(client: Client, query: str, status: int) -> None:
    assert client.get(f"/?{query}").status_code == status


@pytest.mark.parametrize(
    "name",
    ["x" * 300, "я" * 200, "x/" * 3000, "%00"],
    ids=["letters", "bytes", "folders", "NUL"],
)
def test_a_picture_of_a_name_that_no_file_can_have_is_not_found(
    client: Client, settings: Settings, tmp_path: Path, name: str
) -> None:
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "cup.svg").write_text("a cup")
    assert client.get("/media/cup.svg").getvalue() == b"a cup"
    assert client.get(f"/media/{name}").status_code == 404


@pytest.mark.parametrize(
    "fields",
    [{"sku": "x" * 600_000}, {f"field{number}": "" for number in range(1001)}],
    ids=["bytes", "fields"],
)
@pytest.mark.parametrize("address", ["/cart/add/", "/accounts/login/"])
def test_a_form_that_is_too_large_is_refused(
    client: Client, address: str, fields: dict[str, str]
) -> None:
    assert client.post(address, fields).status_code == 400


def test_an_upload_that_is_too_large_is_refused_before_it_is_kept(
    client: Client, settings: Settings
) -> None:
    settings.UPLOAD_MAX_SIZE = 10_000
    for size, status in [(5_000, 422), (20_000, 400)]:
        file = BytesIO(b"x" * size)
        file.name = "file"
        assert client.post("/cart/add/", {"file": file}).status_code == status
