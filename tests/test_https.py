"""A site as it is in production: over https, and with what it brings as default."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from serving import serving
from shopper import Shopper
from sites import Bake, environment, interpreters


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Who vouches for the sites' certificate."""
    return trustme.CA()


@pytest.fixture(scope="module", params=["5.2", "6.1"])
def url(
    bake: Bake,
    pythons: dict[str, str],
    authority: trustme.CA,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The address of a site with the default answers and no file .env."""
    if request.param not in interpreters():
        pytest.skip("Django 6.1 needs Python 3.12 or later")
    site = bake(django_version=request.param)
    (site / ".env").unlink()
    pem = tmp_path_factory.mktemp("certificate") / "site.pem"
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_and_cert_chain_pem.write_to_path(pem)
    with serving(
        site,
        pythons[request.param],
        GUNICORN_CMD_ARGS=f"--graceful-timeout 5 --certfile {pem} --keyfile {pem}",
    ) as served:
        yield served.url.replace("http:", "https:")


@pytest.fixture
def shopper(url: str, authority: trustme.CA, tmp_path: Path) -> Shopper:
    """A visitor who trusts the authority."""
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    shopper = Shopper(url)
    shopper.http.trust_env = False  # REQUESTS_CA_BUNDLE would come first
    shopper.http.verify = str(tmp_path / "authority.pem")
    return shopper


def test_every_cookie_is_a_secure_one(shopper: Shopper) -> None:
    sku = shopper.skus()[0]
    set_cookies: list[str] = []
    shopper.http.hooks["response"].append(
        lambda response, **_: set_cookies.extend(
            response.raw.headers.getlist("Set-Cookie")
        )
    )
    shopper.add(sku)
    shopper.sign_up("anna")
    assert shopper.cart() == {sku: 1}
    shopper.sign_out()

    assert {cookie.partition("=")[0] for cookie in set_cookies} == {
        "__Host-sessionid",
        "__Host-csrftoken",
        "__Host-messages",
    }
    for cookie in set_cookies:
        attributes = {text.strip().lower() for text in cookie.split(";")[1:]}
        assert attributes >= {"secure", "httponly", "path=/", "samesite=lax"}, cookie
        assert "domain" not in cookie.lower(), cookie


# What MDN's HTTP Observatory (https://developer.mozilla.org/observatory) asks of a page.
# It takes 10 points of 100 for HSTS of less than six months, with which sites begin,
# and gives more than those back for the rest.
def test_the_headers_are_those_of_an_a_plus(shopper: Shopper) -> None:
    shopper.add(shopper.skus()[0])
    page = shopper.http.get(
        shopper.url + "/", headers={"Origin": "https://evil.example"}, timeout=20
    )
    policy = dict(
        directive.strip().partition(" ")[::2]
        for directive in page.headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in str(policy)
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert page.headers["Strict-Transport-Security"].startswith("max-age=3600;")
    assert "Access-Control-Allow-Origin" not in page.headers
    sources = re.findall(
        r'<(?:script|img|link rel="(?:icon|stylesheet)")[^>]* (?:src|href)="([^"]*)"',
        page.text,
    )
    assert len(sources) > 12
    assert all(source.startswith("/") for source in sources)

    for source in sources:
        file = shopper.http.get(shopper.url + source, timeout=20)
        assert file.status_code == 200, source
        for name in (
            "Content-Security-Policy",
            "X-Content-Type-Options",
            "X-Frame-Options",
        ):
            assert file.headers[name] == page.headers[name], source


@pytest.mark.parametrize(
    ("answers", "name"),
    [
        ({}, "__Host-sessionid"),
        ({"session_cookie_domain": "example.com"}, "__Secure-sessionid"),
        ({"session_cookie_secure": False}, "sessionid"),
        ({"session_cookie_name": "__Secure-id"}, "__Secure-id"),
        ({"session_cookie_name": "__HTTP-id"}, "__HTTP-id"),
        ({"session_cookie_name": "__shop"}, "__Host-__shop"),
    ],
    ids=str,
)
def test_the_session_cookies_name_is_as_strict_as_the_answers_let_it_be(
    bake: Bake, pythons: dict[str, str], answers: dict[str, object], name: str
) -> None:
    site = bake(**answers)
    (site / ".env").unlink()
    show = "from config import settings; print(settings.SESSION_COOKIE_NAME)"
    result = subprocess.run(
        [pythons["5.2"], "-c", show],
        cwd=site,
        env=environment(SECRET_KEY="only-for-this-test"),
        capture_output=True,
        text=True,
    )
    assert result.stdout.strip() == name, result.stderr
