"""Turn the URL of a Redis into an entry of CACHES.

redis-py parses the URL of a server: redis://, rediss:// (over TLS) and unix://. It has
none for a primary that is found through sentinels, so this form, which other programs
use, is parsed here:

    redis+sentinel://[user:password@]host[:port],host[:port],…/service[/database][?options]

and rediss+sentinel://, which uses TLS to both servers and sentinels. The options are
those of redis-py; `sentinel_username` and `sentinel_password` are for the sentinels.
"""

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from environs import ValidationError
from redis.backoff import NoBackoff
from redis.connection import ConnectionPool, parse_url
from redis.exceptions import ReadOnlyError, RedisError
from redis.retry import Retry

SENTINEL_URL = re.compile(
    r"(?P<scheme>rediss?)\+sentinel://(?P<login>[^/?]*@)?(?P<sentinels>[^/?]+)"
    r"/(?P<service>[\w.-]+)(?P<database>/\d+)?/?(\?(?P<query>.*))?"
)
SENTINEL_PORT = 26379

INVALID = (
    "Not the URL of a Redis, such as redis://127.0.0.1:6379/0, "
    "rediss://user:password@redis.example:6379, unix:///run/redis.sock or "
    "redis+sentinel://host:26379,host:26379/service. In user and password all but "
    "letters and digits is written as %40, say."
)


def validate_redis_url(url: str) -> None:
    """Raise `ValidationError`, which does not repeat the password, if it is invalid."""
    try:
        if match := SENTINEL_URL.fullmatch(url):
            _sentinels(match)
            url, _ = _server(match)
        address = urlsplit(url)
        is_socket = address.scheme == "unix"
        if (
            address.fragment
            or "," in address.netloc
            or not (is_socket or re.fullmatch(r"(/\d*)?", address.path))
        ):
            raise ValueError
        # This does not connect yet, but rejects unknown options.
        ConnectionPool.from_url(url).make_connection()
    except (TypeError, ValueError, RedisError):
        raise ValidationError(INVALID) from None


def with_database(url: str, number: int) -> str:
    """Return the URL of another database of the same Redis."""
    address, _, query = url.partition("?")
    options = {**dict(parse_qsl(query)), "db": number}
    return f"{address}?{urlencode(options, safe='/')}"


def redis_cache(url: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return the entry of CACHES for this URL, with these options of django-redis.

    All reads go to the primary, because replicas lag behind.
    """
    if match := SENTINEL_URL.fullmatch(url):
        url, of_sentinels = _by_sentinels(match, options)
        options = {**options, **of_sentinels}
    else:
        # A server that refuses writes has become a replica, and its address may by now
        # lead to the new primary: reconnect, and write there. Nothing else is retried,
        # because a write that has timed out may have succeeded.
        retry = Retry(NoBackoff(), 1, (ReadOnlyError,))
        options = {**options, "CONNECTION_POOL_KWARGS": {"retry": retry}}
    return {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": url,
        "OPTIONS": options,
    }


def _by_sentinels(
    match: re.Match[str], options: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Return the URL to give to django-redis, and the options for the sentinels."""
    url, login = _server(match)
    tls = {name: value for name, value in parse_url(url).items() if name[:4] == "ssl_"}
    # redis-py itself disconnects from a primary that refuses writes, and its default
    # retry must stay: with another, a connection that has timed out would be reused.
    # The service is named separately because the URL's host would be lowercased.
    pool: dict[str, Any] = {"service_name": match["service"]}
    if match["scheme"] == "rediss":
        # With rediss:// redis-py would connect to a host with the service's name.
        url = url.replace("rediss:", "redis:", 1)
        tls["ssl"] = pool["ssl"] = True
    return url, {
        "CONNECTION_FACTORY": "django_redis.pool.SentinelConnectionFactory",
        "CONNECTION_POOL_KWARGS": pool,
        "SENTINELS": _sentinels(match),
        "SENTINEL_KWARGS": {
            **login,
            **tls,
            "socket_connect_timeout": options["SOCKET_CONNECT_TIMEOUT"],
            "socket_timeout": options["SOCKET_TIMEOUT"],
            # If one does not respond, the next is asked at once.
            "retry": Retry(NoBackoff(), 0),
        },
    }


def _sentinels(match: re.Match[str]) -> list[tuple[str, int]]:
    addresses = [urlsplit(f"//{text}") for text in match["sentinels"].split(",")]
    if not all(address.hostname for address in addresses):
        raise ValueError
    return [(address.hostname, address.port or SENTINEL_PORT) for address in addresses]


def _server(match: re.Match[str]) -> tuple[str, dict[str, str]]:
    """Return a URL with the service as its host, and the login for the sentinels."""
    options = dict(parse_qsl(match["query"] or ""))
    login = {
        name.removeprefix("sentinel_"): options.pop(name)
        for name in ("sentinel_username", "sentinel_password")
        if name in options
    }
    address = f"{match['login'] or ''}{match['service']}{match['database'] or ''}"
    return f"{match['scheme']}://{address}?{urlencode(options, safe='/')}", login
