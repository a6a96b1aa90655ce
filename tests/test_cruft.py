"""A shop made of an older template is brought up to date, and keeps what is its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sites import TEMPLATE, environment

SITE = "<<cookiecutter.project_slug>>"
# A file that a later template changes, one that it adds, one that it removes.
CHANGED, ADDED, REMOVED = "config/middleware.py", "cart/contents.py", "cart/old.py"
# cruft's status after a Ctrl-C, and so after bad answers.
INTERRUPTED = 130
# What a shop changes of its own; the first is changed by the template too.
OWN = {
    CHANGED: "\n\nOWN = True\n",
    "static/site.css": "\n.own { color: red; }\n",
    "config/settings.py": '\nOWN = "setting"\n',
    "README.md": "\nOur own words.\n",
}
UNTOUCHED = {
    ".env": "SECRET_KEY=ours\n",
    ".venv/pyvenv.cfg": "ours\n",
    "uv.lock": "#\n",
}


def run(folder: Path, *command: str | Path, status: int = 0) -> str:
    """Run a command; return what it prints, or what it says of an error."""
    env = environment(
        PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        PWD=str(folder),
        UV_OFFLINE="1",
        **{
            f"GIT_{role}_{key}": "anna@example.com"
            for role in ("AUTHOR", "COMMITTER")
            for key in ("NAME", "EMAIL")
        },
    )
    result = subprocess.run(
        command,
        cwd=folder,
        env=env,
        text=True,
        capture_output=True,
        # A test run in the background ignores Ctrl-C; a person's shell does not.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert result.returncode == status, result.stdout + result.stderr
    return result.stderr if status else result.stdout


def cruft(folder: Path, *arguments: str | Path, status: int = 0) -> str:
    return run(folder, sys.executable, "-m", "cruft", *arguments, status=status)


def commit(folder: Path) -> None:
    run(folder, "git", "add", "--all")
    run(folder, "git", "commit", "--quiet", "--message", "a step")


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A repository with the template as it was before, and how it is now yet to come."""
    folder = tmp_path / "template"
    files = run(
        TEMPLATE, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"
    )
    for name in filter(None, files.split("\0")):
        if (TEMPLATE / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TEMPLATE / name, folder / name)
    site = folder / SITE
    now = (site / CHANGED).read_text()
    (site / CHANGED).write_text(f'"""Older words."""\n{now.split(chr(10), 1)[1]}')
    (site / ADDED).rename(tmp_path / "added")
    (site / REMOVED).touch()
    run(folder, "git", "init", "--quiet")
    commit(folder)
    return folder


@pytest.fixture
def shop(template: Path, tmp_path: Path) -> Path:
    """A shop of that template, with changes of its own, all in git."""
    answers = '{"project_slug": "shop", "project_name": "Tea & Things"}'
    cruft(tmp_path, "create", "--no-input", "--extra-context", answers, template)
    shop = tmp_path / "shop"
    assert "SECRET_KEY=" in (shop / ".env").read_text()
    assert (shop / REMOVED).exists() and not (shop / ADDED).exists()
    for name, text in OWN.items():
        with open(shop / name, "a") as file:
            file.write(text)
    for name, text in UNTOUCHED.items():
        (shop / name).parent.mkdir(exist_ok=True)
        (shop / name).write_text(text)
    run(shop, "git", "init", "--quiet")
    commit(shop)
    return shop


def assert_own(shop: Path) -> None:
    for name, text in OWN.items():
        assert (shop / name).read_text().endswith(text), name
    for name, text in UNTOUCHED.items():
        assert (shop / name).read_text() == text, name
    assert not list(shop.rglob("*.rej"))
    unmerged = run(shop, "git", "diff", "--name-only", "--diff-filter=U")
    assert unmerged == ""


def test_a_shop_that_is_made_in_another_folder_is_ready(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, scratch = tmp_path / "here", tmp_path / "scratch"
    here.mkdir()
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    answers = '{"project_slug": "shop"}'
    where = ("--output-dir", "../there")
    said = cruft(
        here, "create", "--no-input", *where, "--extra-context", answers, template
    )
    assert "SECRET_KEY=" in (tmp_path / "there/shop/.env").read_text()
    assert "cd ../there/shop" in said


def test_an_update_takes_over_what_is_new_and_keeps_what_is_own(
    template: Path, shop: Path, tmp_path: Path, pythons: dict[str, str]
) -> None:
    cruft(shop, "check")
    shutil.copy(TEMPLATE / SITE / CHANGED, template / SITE / CHANGED)
    (tmp_path / "added").rename(template / SITE / ADDED)
    (template / SITE / REMOVED).unlink()
    commit(template)
    cruft(shop, "check", status=1)
    cruft(shop, "update", "--skip-apply-ask")
    cruft(shop, "check")
    assert "Older words" not in (shop / CHANGED).read_text()
    assert (shop / ADDED).exists() and not (shop / REMOVED).exists()
    assert_own(shop)
    commit(shop)
    difference = cruft(shop, "diff")
    assert sorted(
        line.removeprefix("+++ upstream-template-new/").removeprefix("+++ b/")
        for line in difference.splitlines()
        if line.startswith("+++")
    ) == sorted(OWN)

    engine = '{"session_engine": "cache"}'
    cruft(shop, "update", "--skip-apply-ask", "--variables-to-update", engine)
    backends = {path.name for path in (shop / "session_store/backends").glob("*.py")}
    assert backends == {"__init__.py", "base.py", "cache.py", "moving.py"}
    assert '"session_store.backends.cache"' in (shop / "config/settings.py").read_text()
    assert "with_valkey.py" in (shop / "Makefile").read_text()
    assert_own(shop)
    run(shop, "git", "log", "-1")
    variables = environment(
        SECRET_KEY="x" * 50,
        DEBUG="True",
        REDIS_URL="redis://127.0.0.1:1",
        SESSION_PREVIOUS_ENGINE="django.contrib.sessions.backends.db",
    )
    subprocess.run(
        [pythons["5.2"], "manage.py", "check"], cwd=shop, env=variables, check=True
    )


def test_the_command_that_repeats_the_answers_is_crufts(
    template: Path, tmp_path: Path
) -> None:
    run(template, "git", "checkout", "--quiet", "-b", "next")
    elsewhere = tmp_path / "else where"
    answers = {
        "project_slug": "a shop",
        "project_name": "D'Arc & «Ёж»",
        "description": "<< 'One' >>\n{{ two }}",
        "session_cookie_secure": False,
        "session_cookie_age": "5",
    }
    told = cruft(
        tmp_path,
        *("create", template, "--no-input", "--checkout", "next"),
        *("--output-dir", elsewhere, "--skip", "own", "--skip", "ours"),
        *("--extra-context", json.dumps(answers)),
        status=INTERRUPTED,
    )
    assert "Traceback" not in told
    assert list(elsewhere.iterdir()) == []
    assert "cookiecutter" not in told
    _, _, command = told.partition("and run it:\n\n")
    command = command[: command.index("\n}'") + len("\n}'")]
    assert "«Ёж»" in command
    assert command.startswith(f"cruft create {template} --checkout next ")
    assert '"session_cookie_secure": false,\n' in command
    lines = command.splitlines()
    assert lines[1:3] == ['  "project_slug": "a shop",', '  "session_cookie_age": "5",']

    run(tmp_path, "sh", "-c", command.replace("a shop", "shop").replace('"5"', '"500"'))
    shop = elsewhere / "shop"
    cruft_file = json.loads((shop / ".cruft.json").read_text())
    assert cruft_file["checkout"] == "next" and cruft_file["skip"] == ["own", "ours"]
    made_with = cruft_file["context"]["cookiecutter"]
    assert made_with["project_name"] == answers["project_name"]
    assert made_with["description"] == "One\n{{ two }}"
    assert made_with["session_cookie_secure"] is False
    assert made_with["session_cookie_age"] == "500"


def test_an_answer_that_cruft_would_render_once_more_is_refused(
    template: Path, tmp_path: Path
) -> None:
    answers = json.dumps({"description": "<< 'tea <% and' >>"})
    told = cruft(
        *(tmp_path, "create", template, "--no-input", "--extra-context", answers),
        status=INTERRUPTED,
    )
    assert 'description: "tea <% and"\n      Leave out <<, <% and <#' in told


def test_an_update_with_a_bad_answer_changes_nothing_and_says_why(
    shop: Path, tmp_path: Path
) -> None:
    before = sorted(tmp_path.iterdir())
    bad = '{"session_engine": "cache", "session_cookie_age": "5"}'
    told = cruft(
        *(shop, "update", "--skip-apply-ask", "--variables-to-update", bad),
        status=INTERRUPTED,
    )
    assert "Traceback" not in told
    assert '  session_cookie_age: "5"\n' in told
    assert """--variables-to-update '{"session_cookie_age": "5"}'\n""" in told
    assert "cookiecutter" not in told and "cruft create" not in told
    assert run(shop, "git", "status", "--porcelain") == ""
    assert_own(shop)
    assert sorted(tmp_path.iterdir()) == before

    good = bad.replace('"5"', '"500"')
    cruft(shop, "update", "--skip-apply-ask", "--variables-to-update", good)
    settings = (shop / "config/settings.py").read_text()
    assert '"SESSION_COOKIE_AGE", 500' in settings
    assert '"session_store.backends.cache"' in settings
