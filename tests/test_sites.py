"""Baked sites run their own tests, on the engine and the service that were chosen."""

import pytest
from sites import Bake, environment, interpreters, run_own_tests

# session_engine, cache_service, database, django_version: each value with each engine that
# it matters to. The site with the default answers is played in `test_newcomer.py`.
PLAYED = [
    ("db", "redis", "postgresql", "6.1"),
    ("cached_db", "redis", "postgresql", "5.2"),
    ("cached_db", "memcached", "sqlite", "6.1"),
    ("cache", "redis", "sqlite", "5.2"),
    ("cache", "memcached", "postgresql", "5.2"),
    ("file", "redis", "sqlite", "5.2"),
    ("signed_cookies", "redis", "sqlite", "5.2"),
]

# Answers that change what visitors see or what their cookie does: the tests pass with any.
OTHER_ANSWERS = {
    "file": {
        "language_code": "ru",
        "session_cookie_samesite": "Strict",
        "session_cookie_domain": "example.com",
        "session_expire_at_browser_close": True,
        "session_save_every_request": True,
    },
    "cache": {"session_cookie_age": 60},
    "cached_db": {"session_expire_at_browser_close": True},
    "signed_cookies": {
        "session_cookie_age": 3600,
        "session_expire_at_browser_close": True,
        "session_save_every_request": True,
    },
}

# What a browser shows of them is the same with every engine, so once for each Django is
# enough.
SAME_PAGES = ("accessibility", "content_security_policy", "keyboard", "shop")


@pytest.mark.parametrize("answers", PLAYED, ids="-".join)
def test_the_sites_own_tests_pass(
    answers: tuple[str, str, str, str],
    bake: Bake,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> None:
    engine, service, database, django_version = answers
    if django_version not in interpreters():
        pytest.skip("Django 6.1 needs Python 3.12 or later")
    site = bake(
        session_engine=engine,
        cache_service=service,
        database=database,
        django_version=django_version,
        **OTHER_ANSWERS.get(engine, {}),
    )
    if engine != "db":
        for name in SAME_PAGES:
            (site / f"e2e/test_{name}.py").unlink()
    env = environment(
        UV_PYTHON=interpreters()[django_version],
        # Where the packages are that the sites before have compiled.
        UV_PROJECT_ENVIRONMENT=str(tmp_path_factory.getbasetemp() / django_version),
        # Another site's tests, or others, run at the same time.
        PYTEST_XDIST_AUTO_NUM_WORKERS="1",
    )
    if database == "postgresql":
        env["DATABASE_URL"] = request.getfixturevalue("postgresql")
    if service == "memcached":
        env["MEMCACHED_SERVERS"] = request.getfixturevalue("memcached")

    run_own_tests(site, env)
