"""Write to a cache only if nobody else has written meanwhile.

Django's caches have no such operation, but the servers do. With any other backend, such
as the one in local memory, what others write in the instant between is lost.
"""

from typing import Any

from django.core.cache.backends.base import BaseCache

from .copying import deep_copy

# Compares and writes inside Redis, where nothing comes in between.
REDIS_SCRIPT = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return 0
end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


def get_with_token(cache: BaseCache, key: str) -> tuple[Any, Any]:
    """Return the value, None if there is none, and a token of its present state."""
    if _is_redis(cache):
        client = cache.client
        # From the server that takes the writes: a replica is behind.
        token = client.get_client(write=True).get(client.make_key(key))
        return token and client.decode(token), token
    if _is_memcached(cache):
        answer = cache._cache.gets(cache.make_and_validate_key(key))
        # Of a key that it does not have, it says (None, None).
        if answer is None:
            raise ConnectionError("Memcached is left alone after a failure")
        return answer
    value = cache.get(key)
    return value, deep_copy(value)


def compare_and_set(
    cache: BaseCache, key: str, value: Any, token: Any, timeout: int
) -> bool:
    """Write the value for `timeout` seconds if `token` is still the key's state.

    With -1 it ends at once, so the key is deleted.
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
