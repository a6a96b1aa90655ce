"""What a URL of a Redis comes to; nothing connects to these."""

from typing import Any
from unittest.mock import Mock

import pytest
from django_redis.cache import RedisCache
from environs import EnvError, ValidationError
from redis.connection import parse_url
from redis.exceptions import ConnectionError, ReadOnlyError, TimeoutError
from redis.sentinel import SentinelManagedConnection, SentinelManagedSSLConnection

from config.redis import redis_cache, validate_redis_url, with_database

from .test_settings import Start, start  # noqa: F401

TIMEOUTS = {"SOCKET_CONNECT_TIMEOUT": 0.3, "SOCKET_TIMEOUT": 0.5}


def cache(url: str) -> RedisCache:
    entry: dict[str, Any] = redis_cache(url, TIMEOUTS)
    return RedisCache(entry["LOCATION"], {"OPTIONS": entry["OPTIONS"]})


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1",
        "redis://127.0.0.1:6379/0",
        "redis://:p%40ss@[::1]:6379/7?db=2&protocol=3",
        "rediss://shop:p%2Fss@redis.example:6380/?ssl_ca_certs=/etc/ssl/own.pem",
        "unix:///run/redis.sock",
        "unix://shop:secret@/run/redis.sock?db=2",
        "redis+sentinel://one:26379,two,three/main",
        "rediss+sentinel://:p%40ss@one/main/3?ssl_ca_certs=/own.pem&sentinel_password=p",
    ],
)
def test_sessions_have_another_database_of_the_same_redis(url: str) -> None:
    validate_redis_url(url)
    one, other = (
        parse_url(redis_cache(address, TIMEOUTS)["LOCATION"])
        for address in (url, with_database(url, 1))
    )
    assert other == {**one, "db": 1}


def test_a_redis_has_time_outs_and_is_asked_again_only_where_it_takes_no_writes() -> (
    None
):
    pool = cache("redis://127.0.0.1").client.get_client().connection_pool
    redis = pool.make_connection()
    assert (redis.socket_connect_timeout, redis.socket_timeout) == (0.3, 0.5)
    for error, times in [(ReadOnlyError, 2), (TimeoutError, 1), (ConnectionError, 1)]:
        ask = Mock(side_effect=error)
        with pytest.raises(error):
            redis.retry.call_with_retry(ask, lambda error: None)
        assert ask.call_count == times


def test_sentinels_are_asked_for_the_primary_alone() -> None:
    client = cache("redis+sentinel://one:26000,two,[::1]:26001/Shop.1/2").client
    assert client.get_client(write=False) is client.get_client(write=True)
    pool = client.get_client().connection_pool
    assert (pool.service_name, pool.is_master) == ("Shop.1", True)
    assert pool.connection_kwargs["db"] == 2
    assert pool.connection_kwargs["socket_timeout"] == 0.5
    assert type(pool.make_connection()) is SentinelManagedConnection
    sentinels = [
        redis.connection_pool.connection_kwargs
        for redis in pool.sentinel_manager.sentinels
    ]
    assert [(sentinel["host"], sentinel["port"]) for sentinel in sentinels] == [
        ("one", 26000),
        ("two", 26379),
        ("::1", 26001),
    ]
    for sentinel in sentinels:
        assert sentinel["socket_connect_timeout"] == 0.3
        assert sentinel["socket_timeout"] == 0.5
        assert sentinel["retry"].get_retries() == 0


def test_sentinels_and_servers_have_logins_of_their_own_and_tls() -> None:
    pool = (
        cache(
            "rediss+sentinel://shop:p%40ss@one/main?ssl_ca_certs=/own.pem"
            "&sentinel_username=watcher&sentinel_password=p%2Fss"
        )
        .client.get_client()
        .connection_pool
    )
    [sentinel] = pool.sentinel_manager.sentinels
    connection = pool.make_connection()
    assert type(connection) is SentinelManagedSSLConnection
    asking = sentinel.connection_pool.make_connection()
    for who, login in ((connection, ("shop", "p@ss")), (asking, ("watcher", "p/ss"))):
        assert (who.username, who.password) == login
        assert who.ca_certs == "/own.pem"
        assert who.cert_reqs.name == "CERT_REQUIRED"
        assert who.check_hostname


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:6379",
        "http://127.0.0.1:6379",
        "redis://:secret#1@127.0.0.1",
        "redis://:secret/1@127.0.0.1",
        "redis://:12#secret@127.0.0.1",
        "redis://primary:6379,redis://secret:6379",
        "redis://primary,secret",
        "redis://127.0.0.1:secret",
        "redis://127.0.0.1/secret",
        "redis://127.0.0.1?db=secret",
        "redis://127.0.0.1?secret=1",
        "redis://127.0.0.1?ssl_ca_certs=/secret.pem",
        "rediss://127.0.0.1?ssl_cert_reqs=secret",
        "redis+sentinel://secret:26379",
        "redis+sentinel://secret:26379/main/first",
        "redis+sentinel://secret:port/main",
        "redis+sentinel://secret,,two/main",
        "redis+sentinel://one/main?ssl_ca_certs=/secret.pem",
        "rediss+sentinel://one/main?secret=1",
    ],
)
def test_what_is_not_the_url_of_a_redis_is_not_repeated(url: str) -> None:
    with pytest.raises(ValidationError, match="redis://127.0.0.1:6379/0") as error:
        validate_redis_url(url)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("name", ["REDIS_URL", "SESSION_REDIS_URL"])
def test_the_variable_is_named_that_has_no_url(
    start: Start,  # noqa: F811
    name: str,
) -> None:
    with pytest.raises(EnvError, match=f'"{name}"') as error:
        start(**{name: "redis://:secret#@127.0.0.1"})
    assert "secret" not in str(error.value)
