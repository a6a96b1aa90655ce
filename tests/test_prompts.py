"""The cookiecutter command itself, from the prompts to the last word on the screen."""

import ast
import json
import os
import re
import signal
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from cookiecutter.exceptions import FailedHookException
from cookiecutter.main import cookiecutter

TEMPLATE = Path(__file__).resolve().parent.parent
COMMAND = Path(sys.executable).parent / "cookiecutter"

# Answers that are typed at a prompt, and have to come out as they went in.
TYPED = [
    "Anna's",
    'Say "yes"',
    """Both ' and " and \\' and \\" and \\\\""",
    "'''",
    '"""',
    "ends with a backslash\\",
    r"\n \t \x41 \u0041 \N{DIGIT ONE} %s {} $HOME ${HOME} `id` $(id)",
    "<b>&amp;</b> <!-- --> ]]>",
    "{{ settings.SECRET_KEY }} {% load i18n %} {# #}",
    "<< cookiecutter.project_slug >> <% if x %> <# not",
    "#% if x",
    "# Heading, [link](x), *b*, _i_, - item; key: value, a = b",
    "Лавка чудес — «Ёж»",
    "🛒👩‍👩‍👧 日本語 עברית",
    "[red]no markup[/red]",
    "Long enough " * 6 + "to wrap.",
    "Long enough " * 6 + "to wrap: ✔",
    "Very " * 40 + "long",
]


@pytest.fixture
def run(tmp_path: Path):
    """Return a function that runs a command in an empty folder, `work`."""
    home = tmp_path / "home"
    work = tmp_path / "work"
    home.mkdir()
    work.mkdir()
    env = {
        **os.environ,
        "HOME": str(home),
        "PATH": f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}",
        "PWD": str(work),
        "UV_OFFLINE": "1",
    }

    def run_command(
        *command: str | Path, typed: str = "", **variables: str
    ) -> subprocess.CompletedProcess:
        return subprocess.run(
            command,
            cwd=work,
            env={**env, **variables},
            input=typed,
            capture_output=True,
            encoding="utf-8",
            # A test run in the background ignores Ctrl-C; a person's shell does not.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    run_command.work = work
    return run_command


def prompts() -> list[str]:
    return [
        name
        for name in json.loads((TEMPLATE / "cookiecutter.json").read_text())
        if not name.startswith("_")
    ]


def answer(**answers: str) -> str:
    """Return what to type in order to answer these prompts, the rest with Enter."""
    return "".join(f"{answers.get(name, '')}\n" for name in prompts())


def site_texts(site: Path) -> list[str]:
    """Return the name, the description (twice) and the author in the site's files."""
    settings = ast.parse((site / "config/settings.py").read_text())
    constants = {
        statement.targets[0].id: [
            node.value for node in ast.walk(statement) if isinstance(node, ast.Constant)
        ]
        for statement in settings.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
    }
    project = tomllib.loads((site / "pyproject.toml").read_text())["project"]
    return [
        constants["SITE_NAME"][1],
        constants["SITE_DESCRIPTION"][1],
        project["description"],
        project["authors"][0]["name"],
    ]


def is_well_formed(site: Path) -> None:
    """Assert that the Python file with free text in it is as ruff wants it."""
    for command in (["check"], ["format", "--diff"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "config"]
        result = subprocess.run(ruff, cwd=site, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr


def test_enter_at_every_prompt_makes_a_site(run) -> None:
    result = run("cookiecutter", TEMPLATE, typed=answer())

    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    for number in range(1, len(prompts()) + 1):
        assert f"[{number}/{len(prompts())}]" in result.stdout
    asked, _, said = result.stdout.partition("My Shop is ready")
    # Piped answers leave no line ends behind them, so the prompts run on.
    lines = re.sub(r"(\(\w[^()]*\)|\(\)): ", r"\1\n", asked).splitlines()
    assert max(map(len, [*lines, *said.splitlines()])) < 80
    assert "    cd my_shop\n    make run\n" in said
    assert (run.work / "my_shop/manage.py").exists()


@pytest.mark.parametrize(
    "texts", list(zip(TYPED[0::3], TYPED[1::3], TYPED[2::3], strict=True)), ids=ascii
)
def test_typed_text_stays_intact(run, texts: list[str]) -> None:
    name, description, author = texts
    typed = answer(
        project_name=name,
        project_slug="shop",
        description=description,
        author_name=author,
    )

    result = run("cookiecutter", TEMPLATE, typed=typed)

    assert result.returncode == 0, result.stderr
    site = run.work / "shop"
    assert site_texts(site) == [name, description, description, author]
    is_well_formed(site)
    license_text = (site / "LICENSE").read_text()
    assert re.search(rf"Copyright \(c\) 20\d\d {re.escape(author)}\n", license_text)


def test_text_of_several_lines_stays_intact(run) -> None:
    text = 'One\nand "two"\n\tand \\n'

    result = run(
        *("cookiecutter", TEMPLATE, "--no-input", "project_slug=shop"),
        *(f"project_name={text}", f"description={text}", f"author_name={text}"),
    )

    assert result.returncode == 0, result.stderr
    line = 'One and "two" and \\n'  # the name, which mails and pages have in one line
    assert site_texts(run.work / "shop") == [line, text, text, text]
    is_well_formed(run.work / "shop")
    assert "Copyright (c) 20" in (run.work / "shop/LICENSE").read_text()
    assert f"{line} is ready" in result.stdout


def test_a_host_in_any_script_is_written_as_browsers_do(run) -> None:
    result = run(
        *("cookiecutter", TEMPLATE, "--no-input", "project_slug=shop"),
        *("domain_name=Магазин.Bücher.рф", "session_cookie_domain=bücher.рф"),
    )

    assert result.returncode == 0, result.stderr
    settings = (run.work / "shop/config/settings.py").read_text()
    assert '"xn--80aairftm.xn--bcher-kva.xn--p1ai"' in settings
    assert '"xn--bcher-kva.xn--p1ai"' in settings


FAULTY = {
    "project_slug": "My Shop",
    "author_email": "anna",
    "domain_name": "https://example.com",
    "timezone": "Moskow",
    "session_cookie_name": "__Host-id",
    "session_cookie_age": "5",
    "session_cookie_domain": "com",
    "session_cookie_samesite": "None",
}
REPAIRED = {
    "project_slug": "shop",
    "author_email": "anna@example.com",
    "domain_name": "example.com",
    "timezone": "Europe/Moscow",
    "session_cookie_name": "id",
    "session_cookie_age": "500",
    "session_cookie_domain": "example.com",
    "session_cookie_samesite": "Lax",
}


def test_all_faults_are_told_at_once_and_last(run) -> None:
    arguments = [f"{name}={value}" for name, value in FAULTY.items()]
    arguments += ["session_cookie_secure=no", "author_name=D'Arc", "language_code=ru"]

    result = run("cookiecutter", TEMPLATE, "--no-input", *arguments)

    assert result.returncode == 1
    assert "Traceback" not in result.stdout + result.stderr
    assert list(run.work.iterdir()) == []
    # Nothing but cookiecutter's own last word comes after the faults.
    told, _, command = result.stderr.partition("and run it:\n\n")
    assert result.stdout == ""
    assert re.findall(r"^  (\w+): ", told, re.MULTILINE) == list(FAULTY)
    assert all(json.dumps(value) in told for value in FAULTY.values())
    assert all(len(line) < 80 for line in result.stderr.splitlines()[2:])
    command, _, last_word = command.partition("\n\n")
    assert last_word == "Aborted!\n"

    # The command, corrected as a person would do it, makes the site.
    for (name, faulty), repaired in zip(FAULTY.items(), REPAIRED.values(), strict=True):
        lines = command.splitlines()
        line = next(line for line in lines if line.startswith(f"  {name}="))
        assert faulty in line
        command = command.replace(line, f"  {name}={repaired} \\")
    result = run("sh", "-c", command)

    assert result.returncode == 0, result.stderr
    settings = (run.work / "shop/config/settings.py").read_text()
    assert 'TIME_ZONE = "Europe/Moscow"' in settings
    assert 'LANGUAGE_CODE = "ru"' in settings
    assert "D'Arc" in (run.work / "shop/LICENSE").read_text()


def test_the_command_repeats_typed_text(run) -> None:
    name, description, author = texts = [
        '<< cookiecutter.project_slug >> <% if x %> <# "not" \\',
        "#% if x: it's $HOME",
        "`id` $(id) \\n ' \" {{ x }}",
    ]
    typed = answer(
        project_name=name,
        project_slug="shop",
        description=description,
        author_name=author,
        session_cookie_age="0",
    )
    result = run("cookiecutter", TEMPLATE, typed=typed)
    assert result.returncode == 1
    _, _, command = result.stderr.partition("and run it:\n\n")

    command = command.partition("\n\n")[0]
    result = run("sh", "-c", command.replace("_age=0 ", "_age=600 "))

    assert result.returncode == 0, result.stderr
    assert site_texts(run.work / "shop") == [*texts[:2], *texts[1:]]


def test_control_characters_never_reach_the_screen(run) -> None:
    text = "red \x1b[31m, half \udcff, \x9b, '"

    result = run(
        *("cookiecutter", TEMPLATE, "--no-input"),
        os.fsencode(f"author_name={text}"),
    )

    assert result.returncode == 1
    assert result.stderr.endswith("\n\nAborted!\n")
    assert re.search(r"[^\n\x20-\x7e]", result.stderr) is None
    assert r"author_name=$'red \x1b[31m, half " in result.stderr


def test_an_answer_that_is_null_is_taken_for_a_blank_one(run) -> None:
    config = run.work.parent / "config.yaml"
    names = ["author_name", "author_email", "description", "session_cookie_domain"]
    blank = ", ".join(f"{name}: null" for name in names)
    config.write_text(f"default_context: {{{blank}, timezone: Nowhere}}")
    arguments = ["--no-input", "--config-file", config]

    result = run("cookiecutter", TEMPLATE, *arguments)
    assert "author_name=''" in result.stderr
    assert re.findall(r"^  (\w+): ", result.stderr, re.MULTILINE) == ["timezone"]
    assert list(run.work.iterdir()) == []

    result = run("cookiecutter", TEMPLATE, *arguments, "timezone=UTC")
    assert result.returncode == 0, result.stderr
    license_text = (run.work / "my_shop/LICENSE").read_text()
    assert "the authors of My Shop" in license_text


def test_a_name_that_the_terminal_has_no_letters_for_fails_no_bake(run) -> None:
    name = "project_name=Чай"
    command = ["cookiecutter", TEMPLATE, "--no-input", name, "project_slug=shop"]
    result = run(*command, PYTHONIOENCODING="ascii")
    assert result.returncode == 0, result.stderr
    assert "is ready, with db sessions." in result.stdout
    assert (run.work / "shop" / "manage.py").exists()


@pytest.mark.parametrize("slug", ["a/b", "a/b/c d", "../x", "../x/y", "work/../../z"])
def test_a_slug_that_is_a_path_leaves_nothing_behind(run, slug: str) -> None:
    around = sorted(run.work.parent.iterdir())

    result = run("cookiecutter", TEMPLATE, "--no-input", f"project_slug={slug}")

    assert result.returncode == 1
    assert "Use lower-case letters" in result.stderr
    assert list(run.work.iterdir()) == []
    assert sorted(run.work.parent.iterdir()) == around


def test_the_command_repeats_where_the_site_goes(run) -> None:
    elsewhere = run.work.parent / "else where"
    elsewhere.mkdir()

    result = run(
        *("cookiecutter", TEMPLATE, "--no-input", "-o", elsewhere, "timezone=Nowhere")
    )

    assert f"--output-dir '{elsewhere}' --no-input \\\n" in result.stderr
    assert list(elsewhere.iterdir()) == []


def test_a_folder_that_was_there_is_left_alone(run) -> None:
    (run.work / "shop").mkdir()
    (run.work / "shop/file").touch()

    result = run(
        *("cookiecutter", TEMPLATE, "--no-input", "--overwrite-if-exists"),
        *("project_slug=shop", "timezone=Nowhere"),
    )

    assert result.returncode == 1
    assert "--overwrite-if-exists --no-input" in result.stderr
    assert (run.work / "shop/file").exists()


def test_where_ctrl_c_is_ignored_cookiecutter_ends_in_its_own_way(run) -> None:
    command = f"trap '' INT; cookiecutter '{TEMPLATE}' --no-input timezone=Nowhere"

    result = run("sh", "-c", command)

    assert result.returncode == 1
    assert '  timezone: "Nowhere"' in result.stderr
    assert "FailedHookException" in result.stdout
    assert list(run.work.iterdir()) == []


def test_a_program_that_calls_cookiecutter_gets_its_exception(
    tmp_path: Path, capfd: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    output = tmp_path / "work"

    with pytest.raises(FailedHookException):
        cookiecutter(
            str(TEMPLATE),
            no_input=True,
            extra_context={"session_cookie_age": "5"},
            output_dir=str(output),
        )

    assert list(output.iterdir()) == []
    assert "session_cookie_age: " in capfd.readouterr().err


def test_each_site_has_a_secret_key_of_its_own(run) -> None:
    keys = set()
    for slug in ("one", "two"):
        result = run("cookiecutter", TEMPLATE, "--no-input", f"project_slug={slug}")
        assert result.returncode == 0, result.stderr
        env = run.work / slug / ".env"
        assert stat.S_IMODE(env.stat().st_mode) == 0o600
        keys.add(re.search(r"^SECRET_KEY=(.*)$", env.read_text(), re.MULTILINE)[1])
        example = (run.work / slug / ".env.example").read_text()
        assert "SECRET_KEY=\n" in example
        filled_in = re.sub(
            r"^SECRET_KEY=.*$", "SECRET_KEY=", env.read_text(), flags=re.M
        )
        assert filled_in == example

    assert len(keys) == 2
    assert all(re.fullmatch(r"[\w-]{50,}", key) for key in keys)


def test_an_env_file_that_is_there_stays(run) -> None:
    run("cookiecutter", TEMPLATE, "--no-input")
    env = run.work / "my_shop/.env"
    env.write_text("SECRET_KEY=mine\n")

    result = run("cookiecutter", TEMPLATE, "--no-input", "--overwrite-if-exists")

    assert result.returncode == 0, result.stderr
    assert env.read_text() == "SECRET_KEY=mine\n"


@pytest.mark.parametrize(
    ("uv", "said"),
    [
        (None, "uv.lock was not made (uv is not installed): `make run` makes it."),
        (
            "exit 2",
            "uv.lock was not made (no network, or no fitting Python): `make run",
        ),
        ("touch uv.lock", ""),
    ],
)
def test_uv_lock_is_made_where_it_can_be(
    run, tmp_path: Path, uv: str | None, said: str
) -> None:
    path = tmp_path / "bin"
    path.mkdir()
    if uv:
        (path / "uv").write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{uv}\n")
        (path / "uv").chmod(0o755)

    result = run(COMMAND, TEMPLATE, "--no-input", PATH=str(path))

    assert result.returncode == 0, result.stderr
    assert said in result.stdout
    assert ("was not made" in result.stdout) == bool(said)
    assert (run.work / "my_shop/uv.lock").exists() == (not said)
    assert (run.work / "my_shop/.env").exists()


@pytest.mark.parametrize(
    ("answers", "first_line"),
    [
        (["license=MIT", "author_name=Anna"], "MIT License"),
        (["license=BSD-3-Clause"], "BSD 3-Clause License"),
        (["license=Apache-2.0"], "Apache License"),
        (["license=Proprietary", "session_engine=cache"], None),
    ],
    ids=["MIT", "BSD-3-Clause", "Apache-2.0", "Proprietary"],
)
def test_what_was_not_chosen_is_not_there(run, answers: list[str], first_line) -> None:
    result = run("cookiecutter", TEMPLATE, "--no-input", *answers)

    assert result.returncode == 0, result.stderr
    site = run.work / "my_shop"
    if first_line:
        assert (site / "LICENSE").read_text().split("\n")[0].strip() == first_line
        assert not (site / "dev").exists()
    else:
        assert not (site / "LICENSE").exists()
        assert (site / "dev/with_valkey.py").exists()


@pytest.mark.parametrize(
    ("name", "email", "authors"),
    [
        ("", "", []),
        ("Anna", "", [{"name": "Anna"}]),
        ("", "a@b.example", [{"email": "a@b.example"}]),
        ("Anna", "a@b.example", [{"name": "Anna", "email": "a@b.example"}]),
    ],
    ids=["neither", "name", "email", "both"],
)
def test_an_author_may_have_no_name_or_no_email(
    bake, name: str, email: str, authors: list[dict[str, str]]
) -> None:
    site = bake(author_name=name, author_email=email)

    project = tomllib.loads((site / "pyproject.toml").read_text())["project"]
    assert project["authors"] == authors
    holder = name or "the authors of My Shop"
    assert re.search(rf"Copyright .* {holder}\n", (site / "LICENSE").read_text())
