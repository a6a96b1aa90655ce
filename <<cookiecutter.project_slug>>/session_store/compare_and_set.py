"""Compare and set: write to a cache key only if it has not changed since it was read.

Django's cache API has no such operation, but Redis and Memcached do. With any other
backend, such as local memory, a write by another request between the comparison and
the write is lost.
"""

from typing import Any

from django.core.cache.backends.base import BaseCache

from .copying import deep_copy

# Redis runs a script atomically: no other command comes between its GET and SET.
REDIS_SCRIPT = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return 0
end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


def get_with_token(cache: BaseCache, key: str) -> tuple[Any, Any]:
    """Return the value, None if there is none, and a token of its current state."""
    if _is_redis(cache):
        client = cache.client
        # Read from the primary, as replicas lag behind.
        token = client.get_client(write=True).get(client.make_key(key))
        return token and client.decode(token), token
    if _is_memcached(cache):
        answer = cache._cache.gets(cache.make_and_validate_key(key))
        # A missing key gives (None, None); None alone means that no server was asked.
        if answer is None:
            raise ConnectionError("Memcached is left alone after a failure")
        return answer
    value = cache.get(key)
    return value, deep_copy(value)


def compare_and_set(
    cache: BaseCache, key: str, value: Any, token: Any, timeout: int
) -> bool:
    """Set the key if `token` is still its state; return whether it was.

    The value expires after `timeout` seconds; with -1, the key is deleted instead.
    """
    if _is_redis(cache):
        client = cache.client
        arguments = [token, client.encode(value), int(timeout)]
        redis = client.get_client(write=True)
        return bool(redis.eval(REDIS_SCRIPT, 1, client.make_key(key), *arguments))
    if _is_memcached(cache):
        key = cache.make_and_validate_key(key)
        expire = cache.get_backend_timeout(timeout)
        return bool(cache._cache.cas(key, value, token, expire))
    if cache.get(key) != token:
        return False
    cache.set(key, value, timeout)
    return True


def _is_redis(cache: BaseCache) -> bool:
    return hasattr(cache, "client")


def _is_memcached(cache: BaseCache) -> bool:
    return hasattr(cache, "_cache") and hasattr(cache._cache, "gets")
