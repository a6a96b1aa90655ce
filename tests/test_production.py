"""Baked sites under gunicorn with production settings, each with its real servers."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import services
from shopper import Shopper
from sites import Bake, environment

# session_engine, cache_service, database
ENGINES = [
    ("db", "redis", "sqlite"),
    ("db", "redis", "postgresql"),
    ("cached_db", "redis", "sqlite"),
    ("cached_db", "memcached", "sqlite"),
    ("cache", "redis", "sqlite"),
    ("cache", "memcached", "sqlite"),
    ("file", "redis", "sqlite"),
    ("signed_cookies", "redis", "sqlite"),
]


@pytest.fixture(scope="module", params=ENGINES, ids="-".join)
def url(
    bake: Bake, pythons: dict[str, str], request: pytest.FixtureRequest
) -> Iterator[str]:
    """The address of a site that gunicorn serves over http."""
    engine, service, database = request.param
    site = bake(session_engine=engine, cache_service=service, database=database)
    port = services.free_port()
    env = environment(
        DEBUG="False",
        SECRET_KEY="only-for-this-test-" * 4,
        ALLOWED_HOSTS="127.0.0.1",
        GUNICORN_BIND=f"127.0.0.1:{port}",
        WEB_CONCURRENCY="2",
    )
    if engine in ("cache", "cached_db"):
        name = {"redis": "REDIS_URL", "memcached": "MEMCACHED_SERVERS"}[service]
        fixture = {"redis": "valkey", "memcached": "memcached"}[service]
        env[name] = request.getfixturevalue(fixture)
    if database == "postgresql":
        env["DATABASE_URL"] = request.getfixturevalue("postgresql")
    python = pythons["5.2"]
    for command in (
        ["migrate"],
        ["collectstatic", "--no-input"],
        ["seed_demo", "--force"],
    ):
        subprocess.run(
            [python, "manage.py", *command, "-v0"], cwd=site, env=env, check=True
        )
    gunicorn = str(Path(python).with_name("gunicorn"))
    with services.running(
        [gunicorn, "-c", "deploy/gunicorn.conf.py"], port, cwd=site, env=env
    ):
        yield f"http://127.0.0.1:{port}"


def test_the_cart_goes_along_at_sign_in_and_stays_with_its_owner(url: str) -> None:
    shopper = Shopper(url)
    first, second, third = shopper.skus()[:3]

    shopper.add(first, 2)
    shopper.add(second)
    assert shopper.cart() == {first: 2, second: 1}

    anonymous_key = shopper.http.cookies["sessionid"]
    shopper.sign_up("anna")
    assert shopper.http.cookies["sessionid"] != anonymous_key
    assert shopper.cart() == {first: 2, second: 1}

    other_device = Shopper(url)
    other_device.add(first, 1)
    other_device.add(third, 4)
    other_device.sign_in("anna")
    merged = {first: 2, second: 1, third: 4}
    assert other_device.cart() == merged
    assert shopper.cart() == merged

    shopper.sign_out()
    assert shopper.cart() == {}
    shopper.sign_up("boris")
    assert shopper.cart() == {}
    shopper.sign_out()
    shopper.sign_in("anna")
    assert shopper.cart() == merged


def test_changes_are_shown_and_nonsense_changes_nothing(url: str) -> None:
    shopper = Shopper(url)
    first, second = shopper.skus()[:2]
    shopper.add(first, 3)
    shopper.add(second, 1)

    shopper.post("/cart/set/", sku=first, quantity=7)
    shopper.post("/cart/remove/", sku=second)
    assert shopper.cart() == {first: 7}

    token = shopper.http.cookies["csrftoken"]
    for path, fields in [
        ("/cart/add/", {"sku": "NO-SUCH-THING", "quantity": "1"}),
        ("/cart/add/", {"sku": first, "quantity": "-1"}),
        ("/cart/add/", {"sku": first, "quantity": "0"}),
        ("/cart/add/", {"sku": first, "quantity": "1000000000"}),
        ("/cart/add/", {"sku": first, "quantity": "many"}),
        ("/cart/add/", {"sku": first}),
        ("/cart/add/", {"sku": "\0", "quantity": "1"}),
        ("/cart/add/", {}),
        ("/cart/set/", {"sku": first, "quantity": ""}),
        ("/cart/remove/", {}),
    ]:
        answer = shopper.http.post(
            url + path, data={"csrfmiddlewaretoken": token, **fields}, timeout=20
        )
        assert 400 <= answer.status_code < 500, (path, fields)
    assert shopper.http.get(url + "/cart/add/", timeout=20).status_code == 405
    assert shopper.cart() == {first: 7}
