"""What goes to the logs and to Sentry in production, and what does not."""

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from types import SimpleNamespace

import brotli
import pytest
from django.conf import settings
from gunicorn.config import Config

from config.logs import GunicornLogger, JSONFormatter, TextFormatter, without_secrets
from config.sentry import without_visitor

# What a visitor sends with a request that fails; in a process of its own, because
# Sentry's client changes Django.
FAIL = """
import sys, types
from contextlib import suppress
import sentry_sdk
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError
from django.test import RequestFactory
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

@csrf_exempt
def fail(request):
    secret = request.POST["password"]
    with suppress(DatabaseError):  # this process has no table of sessions
        request.session.get("cart")
    raise ValueError("first line\\nDETAIL: Key (email)=(anna@shop.example)")

urls = types.ModuleType("failing_urls")
urls.urlpatterns = [path("fail/", fail)]
sys.modules["failing_urls"] = urls
settings.ROOT_URLCONF = "failing_urls"
settings.ALLOWED_HOSTS = ["testserver"]
settings.SECURE_SSL_REDIRECT = False
cookies = {
    settings.SESSION_COOKIE_NAME: "thesessionkeyofthevisitor",
    settings.CSRF_COOKIE_NAME: "the-csrf-token",
}
request = RequestFactory().post(
    "/fail/?token=the-query",
    {"password": "the-password", "street": "the-street"},
    headers={
        "cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "referer": "https://shop.example/the-page",
        "x-forwarded-for": "9.8.7.6",
    },
    REMOTE_ADDR="9.8.7.6",
)
application = get_wsgi_application()
elsewhere = RequestFactory().get("/fail/", headers={"host": "elsewhere.example"})
application(elsewhere.environ, lambda status, headers: None)
sentry_sdk.get_client().options["shutdown_timeout"] = 30
list(application(request.environ, lambda status, headers: None))
"""


class Sentry(BaseHTTPRequestHandler):
    """Keeps what it is sent, and is not quick about it."""

    received: list[str] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Encoding"] == "br":
            body = brotli.decompress(body)
        self.received.append(body.decode())
        time.sleep(0.3)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def sentry_dsn() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Sentry)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://key@127.0.0.1:{server.server_port}/1"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_error_is_logged_in_json_and_reported_without_the_visitor(
    sentry_dsn: str,
) -> None:
    process = subprocess.run(
        [sys.executable, "-c", FAIL],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "LOG_FORMAT": "json",
            "SENTRY_DSN": sentry_dsn,
        },
        capture_output=True,
        text=True,
    )
    lines = [json.loads(line) for line in process.stderr.splitlines()]
    wrong_host, line = [line for line in lines if line["level"] == "ERROR"]
    assert "elsewhere.example" in wrong_host["message"]
    assert line["message"] == "Internal Server Error: /fail/"
    assert "Traceback" in line["exception"]

    [report] = [text for text in Sentry.received if "ValueError" in text]
    assert "http://testserver/fail/" in report
    assert "first line" in report
    assert not [text for text in Sentry.received if "elsewhere.example" in text]
    for secret in (
        *("thesessionkeyofthevisitor", "the-csrf-token", "the-query", "the-password"),
        *("the-street", "the-page", "9.8.7.6", "anna@shop.example"),
    ):
        assert secret not in report


def test_a_line_of_the_log_is_one_line_whatever_is_in_it() -> None:
    record = logging.LogRecord(
        "cart", logging.INFO, "", 1, 'took %s "out"\nCart', ("чай",), None
    )
    record.about = " (session 123)"
    line = JSONFormatter().format(record)
    assert "\n" not in line
    content = json.loads(line)
    assert content.pop("time").endswith("+00:00")
    assert content == {
        "level": "INFO",
        "logger": "cart",
        "message": 'took чай "out"\nCart (session 123)',
    }


def test_a_report_has_no_secret_of_a_link_no_query_and_nobody_who_gets_mail() -> None:
    link = "http://testserver/ru/accounts/password/reset/key/1-the-key/"
    refused = {
        "module": "smtplib",
        "type": "SMTPRecipientsRefused",
        "value": "{'anna@shop.example': (550, b'unknown')}",
    }
    event = {
        "request": {"method": "GET", "url": link},
        "transaction": "/ru/accounts/confirm-email/the-key/",
        "extra": {"request": "<WSGIRequest: GET '/?q=the-query'>"},
        "exception": {"values": [refused]},
    }
    report = str(without_visitor(event, {}))
    assert "/ru/accounts/password/reset/key/***/" in report
    assert "/ru/accounts/confirm-email/***/" in report
    for secret in ("the-key", "the-query", "anna@shop.example"):
        assert secret not in report


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/accounts/password/reset/key/1-abc/", "/accounts/password/reset/key/***/"),
        ("/ru/accounts/confirm-email/MQ:a:b/", "/ru/accounts/confirm-email/***/"),
        ("/accounts/password/reset/", "/accounts/password/reset/"),
        ("/products/key/", "/products/key/"),
    ],
)
def test_the_secrets_of_links_in_mails_are_not_logged(path: str, logged: str) -> None:
    assert without_secrets(path) == logged


@pytest.mark.parametrize("formatter", [JSONFormatter(), TextFormatter()])
def test_a_line_of_the_log_has_no_secret_of_a_link(
    formatter: logging.Formatter,
) -> None:
    text, path = "Internal Server Error: %s", "/accounts/confirm-email/the-key/"
    error = (ValueError, ValueError(path), None)
    record = logging.LogRecord("django", logging.ERROR, "", 1, text, (path,), error)
    line = formatter.format(record)
    assert "ValueError" in line
    assert "/accounts/confirm-email/***/" in line
    assert "the-key" not in line


def test_gunicorn_logs_requests_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    config = Config()
    config.set("accesslog", "-")
    logger = GunicornLogger(config)
    environ = {
        "PATH_INFO": '/a"b\\/confirm-email/the-key/',
        "QUERY_STRING": "token=1",
        "RAW_URI": "/?token=1",
        "REMOTE_ADDR": "9.8.7.6",
        "REQUEST_METHOD": "GET",
        "SERVER_PROTOCOL": "HTTP/1.1",
    }
    logger.error("no %s", "room")
    error = json.loads(capsys.readouterr().err)
    assert (error["level"], error["message"]) == ("ERROR", "no room")
    response = SimpleNamespace(status="200 OK", sent=12, headers=[])
    logger.access(response, {}, environ, timedelta(milliseconds=3))
    content = json.loads(capsys.readouterr().out)
    del content["time"]
    assert content == {
        "level": "INFO",
        "logger": "gunicorn.access",
        "method": "GET",
        "path": '/a"b\\/confirm-email/***/',
        "status": 200,
        "bytes": 12,
        "milliseconds": 3,
    }


def test_gunicorn_takes_its_settings() -> None:
    command = ["-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "--check-config"]
    process = subprocess.run(
        [sys.executable, *command],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )
    assert (process.returncode, process.stderr) == (0, "")
