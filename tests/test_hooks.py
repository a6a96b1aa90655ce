"""The checks of the answers, one answer at a time, and what is computed from them."""

import ast
import json
import re
import subprocess
import sys
import tomllib
import types
import zoneinfo
from pathlib import Path

import pytest
from cookiecutter.generate import generate_context
from cookiecutter.prompt import prompt_for_config

TEMPLATE = Path(__file__).resolve().parent.parent
SITE = TEMPLATE / "<<cookiecutter.project_slug>>"
PROMPTS = TEMPLATE / "cookiecutter.json"

GOOD = [
    {"project_name": "Лавка 🛒 чудес"},
    {"project_name": "Shop\nof\ttwo lines"},
    {"project_slug": "a"},
    {"project_slug": "shop_2__go"},
    {"project_slug": "s" * 54},
    {"project_slug": "user"},
    {"project_slug": "pg"},
    {"project_slug": "truest"},
    {"description": ""},
    {"author_name": ""},
    {"author_name": 'Д\'Артаньян, "Athos" & <Porthos> \\'},
    {"author_email": ""},
    {"author_email": "anna.o'neil+shop@mail.example.co.uk"},
    {"author_email": "почта@пример.рф"},
    {"domain_name": "localhost"},
    {"domain_name": "Shop.Example.COM"},
    {"domain_name": "1-2.example"},
    {"domain_name": "пример.рф"},
    {"domain_name": "bücher.example"},
    {"domain_name": "हिन्दी.example"},
    {"domain_name": "xn--e1afmkfd.xn--p1ai"},
    {"timezone": "Europe/Moscow"},
    {"timezone": "America/Argentina/Buenos_Aires"},
    {"timezone": "Etc/GMT+3"},
    {"timezone": "Europe/Oslo"},
    {"session_cookie_name": "!#$%&'*+-.^_`|~09azAZ"},
    {"session_cookie_name": "__Host-sessionid"},
    {"session_cookie_name": "x" * 40},
    {"session_cookie_name": "__secure-x", "session_cookie_domain": "example.com"},
    {"session_cookie_name": "__HOST", "session_cookie_secure": False},
    {"session_cookie_age": "60"},
    {"session_cookie_age": "34560000"},
    {"session_cookie_domain": "example.com"},
    {"session_cookie_domain": "EXAMPLE.com"},
    {"session_cookie_domain": "b.example", "domain_name": "a.b.example"},
    {"session_cookie_domain": "XN--E1AFMKFD.рф", "domain_name": "shop.пример.рф"},
    {"session_cookie_samesite": "None"},
    {"session_cookie_samesite": "Strict", "session_cookie_secure": False},
]

# The faulty answer comes first; then others that make it one, if it takes any; and
# a word of the advice.
BAD = [
    ({"project_name": ""}, "blank"),
    ({"project_name": " \n "}, "blank"),
    ({"project_name": "bell \a"}, "control"),
    ({"project_name": "half \ud83d"}, "control"),
    ({"project_name": "two\u2028lines"}, "control"),
    ({"description": "\x1b[31mred"}, "control"),
    ({"author_name": "delete\x7f"}, "control"),
    ({"project_slug": ""}, "lower-case"),
    ({"project_slug": "My_shop"}, "lower-case"),
    ({"project_slug": "my-shop"}, "lower-case"),
    ({"project_slug": "my shop"}, "lower-case"),
    ({"project_slug": "a/b"}, "lower-case"),
    ({"project_slug": "../shop"}, "lower-case"),
    ({"project_slug": "1shop"}, "lower-case"),
    ({"project_slug": "_shop"}, "lower-case"),
    ({"project_slug": "shop\n"}, "lower-case"),
    ({"project_slug": "магазин"}, "lower-case"),
    ({"project_slug": "ſhop"}, "lower-case"),
    ({"project_slug": "shop_"}, "End it"),
    ({"project_slug": "a___b"}, "two underscores"),
    ({"project_slug": "s" * 55}, "54"),
    ({"project_slug": "pg_shop"}, "PostgreSQL"),
    ({"project_slug": "postgres"}, "PostgreSQL"),
    ({"project_slug": "public"}, "PostgreSQL"),
    ({"project_slug": "true"}, "YAML"),
    ({"project_slug": "null"}, "YAML"),
    ({"project_slug": "on"}, "YAML"),
    ({"project_slug": "class"}, "Python"),
    ({"project_slug": "json"}, "Python"),
    ({"project_slug": "site"}, "Python"),
    ({"project_slug": "django"}, "package"),
    ({"project_slug": "django__redis"}, "package"),
    ({"project_slug": "cart"}, "part of the site"),
    ({"author_email": "anna"}, "address"),
    ({"author_email": "@example.com"}, "address"),
    ({"author_email": "anna@"}, "address"),
    ({"author_email": "anna@localhost"}, "address"),
    ({"author_email": "an na@example.com"}, "address"),
    ({"author_email": "a..b@example.com"}, "address"),
    ({"author_email": "a@b@example.com"}, "address"),
    ({"author_email": "Anna <anna@example.com>"}, "address"),
    ({"author_email": "anna@example.com\n"}, "address"),
    ({"domain_name": ""}, "alone"),
    ({"domain_name": "shop"}, "alone"),
    ({"domain_name": "https://example.com"}, "alone"),
    ({"domain_name": "example.com/"}, "alone"),
    ({"domain_name": "example.com:8000"}, "alone"),
    ({"domain_name": "exa mple.com"}, "alone"),
    ({"domain_name": "anna@example.com"}, "alone"),
    ({"domain_name": "example.com."}, "alone"),
    ({"domain_name": ".example.com"}, "alone"),
    ({"domain_name": "a..example.com"}, "alone"),
    ({"domain_name": "-a.example.com"}, "alone"),
    ({"domain_name": "a_b.example.com"}, "alone"),
    ({"domain_name": "*.example.com"}, "alone"),
    ({"domain_name": "127.0.0.1"}, "alone"),
    ({"domain_name": "example.com\n"}, "alone"),
    ({"domain_name": "пример。рф"}, "alone"),
    ({"domain_name": "ｅxample.com"}, "alone"),
    ({"domain_name": "a" * 64 + ".com"}, "alone"),
    ({"domain_name": "я" * 64 + ".рф"}, "alone"),
    ({"domain_name": "a." * 126 + "com"}, "alone"),
    ({"timezone": ""}, "IANA"),
    ({"timezone": "Moscow"}, "Europe/Moscow"),
    ({"timezone": "europe/moscow"}, "Europe/Moscow"),
    ({"timezone": "America/New York"}, "America/New_York"),
    ({"timezone": "UTC+3"}, "IANA"),
    ({"timezone": "../../etc/passwd"}, "IANA"),
    ({"timezone": "localtime"}, "IANA"),
    ({"timezone": "US/Pacific"}, "IANA"),
    ({"timezone": "Europe/Kiev"}, "Europe/Kyiv"),
    ({"timezone": "utc"}, "UTC"),
    ({"session_cookie_name": ""}, "no space"),
    ({"session_cookie_name": "x" * 41}, "40 characters"),
    ({"session_cookie_name": "session id"}, "no space"),
    ({"session_cookie_name": "a;b"}, "no space"),
    ({"session_cookie_name": "a=b"}, "no space"),
    ({"session_cookie_name": 'a"b'}, "no space"),
    ({"session_cookie_name": "сессия"}, "no space"),
    ({"session_cookie_name": "csrftoken"}, "Django"),
    ({"session_cookie_name": "messages"}, "Django"),
    ({"session_cookie_name": "__Host-csrftoken"}, "Django"),
    ({"session_cookie_name": "Path"}, "syntax"),
    ({"session_cookie_name": "__Secure-a", "session_cookie_secure": False}, "secure"),
    ({"session_cookie_name": "__HTTP-a", "session_cookie_secure": False}, "secure"),
    ({"session_cookie_name": "__host-a", "session_cookie_secure": False}, "secure"),
    (
        {"session_cookie_name": "__hOsT-a", "session_cookie_domain": "example.com"},
        "blank session_cookie_domain",
    ),
    ({"session_cookie_age": ""}, "seconds"),
    ({"session_cookie_age": "59"}, "seconds"),
    ({"session_cookie_age": "34560001"}, "seconds"),
    ({"session_cookie_age": "9" * 5000}, "seconds"),
    ({"session_cookie_age": "-60"}, "seconds"),
    ({"session_cookie_age": "0060"}, "seconds"),
    ({"session_cookie_age": "1e6"}, "seconds"),
    ({"session_cookie_age": "3600.0"}, "seconds"),
    ({"session_cookie_age": "1_000"}, "seconds"),
    ({"session_cookie_age": "１２３"}, "seconds"),
    ({"session_cookie_age": "two weeks"}, "seconds"),
    ({"session_cookie_domain": ".example.com"}, "dot"),
    ({"session_cookie_domain": "com"}, "dot"),
    ({"session_cookie_domain": "https://example.com"}, "domain name"),
    ({"session_cookie_domain": "localhost", "domain_name": "localhost"}, "dot"),
    ({"session_cookie_domain": "example.org"}, "parent"),
    ({"session_cookie_domain": "shop.example.com"}, "parent"),
    ({"session_cookie_domain": "ample.com"}, "parent"),
    ({"session_cookie_samesite": "None", "session_cookie_secure": False}, "Lax"),
]


FREE_TEXTS = ("project_name", "description", "author_name")
TEXTS = [
    "Anna's",
    'Say "yes"',
    """Both ' and " and \\' and \\" and \\\\""",
    """''' \"\"\" ''''""",
    "\\",
    "line\nline\n",
    "\ttab",
    r"\n \t \x41 \u0041 \N{DIGIT ONE} %s {} $HOME ${HOME} `id` $(id)",
    "<b>&amp;</b>",
    "{{ settings.SECRET_KEY }} {% load i18n %} {# #}",
    "<< cookiecutter.project_slug >> <% if x %> <# not",
    "#% if x\n  #% endif",
    "Лавка чудес — «Ёж»",
    "🛒👩\u200d👩\u200d👧 日本語 עברית",
]


def load_hook(**answers: object) -> types.SimpleNamespace:
    """Return what the hook's module holds when it is run with these answers."""
    context = generate_context(str(PROMPTS), extra_context=answers)
    answers = prompt_for_config(context, no_input=True)
    source = (TEMPLATE / "hooks/pre_gen_project.py").read_text()
    rendered = source.replace("<< cookiecutter|tojson >>", json.dumps(answers))
    assert rendered != source
    module = {"__name__": "pre_gen_project"}
    exec(rendered, module)
    return types.SimpleNamespace(**module)


@pytest.mark.parametrize("answers", GOOD, ids=str)
def test_good(answers: dict[str, object]) -> None:
    # The name's default slug is not what is meant here.
    hook = load_hook(**{"project_slug": "shop", **answers})

    assert hook.find_faults() == {}


@pytest.mark.parametrize(("answers", "advice"), BAD, ids=ascii)
def test_bad(answers: dict[str, object], advice: str) -> None:
    hook = load_hook(**{"project_slug": "shop", **answers})

    faults = hook.find_faults()

    assert list(faults) == [next(iter(answers))]
    assert advice in faults[next(iter(answers))]
    assert all(len(line) <= 79 for line in hook.describe(faults).splitlines()[1:])


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("My Shop", "my_shop"),
        ("Лавка чудес", "lavka_chudes"),
        ("24/7", "shop_24_7"),
        ("🛒", "shop"),
        ("The shop with by far the longest name of them all", None),
        ("x" * 100, None),
    ],
)
def test_the_slug_offered_is_good(name: str, slug: str | None) -> None:
    hook = load_hook(project_name=name)

    assert hook.find_faults() == {}
    if slug:
        assert hook.ANSWERS["project_slug"] == slug


def test_a_computer_without_time_zones_is_told_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(zoneinfo, "available_timezones", set)

    assert "tzdata" in load_hook().find_faults()["timezone"]


def test_every_prompt_is_checked_and_explained() -> None:
    prompts = json.loads(PROMPTS.read_text())
    asked = [name for name in prompts if not name.startswith("_")]

    assert list(load_hook().CHECKS) == asked
    assert list(prompts["__prompts__"]) == asked
    for name in asked:
        if isinstance(prompts[name], list):
            explained = prompts["__prompts__"][name]
            assert [key for key in explained if key != "__prompt__"] == prompts[name]


@pytest.mark.parametrize(
    ("name", "option"),
    [
        (name, option)
        for name, options in json.loads(PROMPTS.read_text()).items()
        if isinstance(options, list)
        for option in options
    ],
)
def test_every_option_is_accepted(name: str, option: str) -> None:
    assert load_hook(**{name: option}).find_faults() == {}


def test_an_option_that_is_none_is_refused() -> None:
    hook = load_hook()
    hook.ANSWERS["database"] = "mysql"

    assert hook.find_faults() == {"database": "Choose one of: sqlite, postgresql."}


def test_a_slug_cannot_be_the_name_of_a_dependency_or_of_a_part_of_the_site() -> None:
    text = re.sub(r"(?m)^#%.*\n", "", (SITE / "pyproject.toml").read_text())
    requirements = re.findall(r'^ {4}"([\w-]+)[^"]*",$', text, re.MULTILINE)
    assert "django-htmx" in requirements and "pytest-django" in requirements
    parts = [
        path.stem for path in SITE.iterdir() if re.match(r"[a-z]\w*(.py)?$", path.name)
    ]

    hook = load_hook()
    for name in [*(name.replace("-", "_") for name in requirements), *parts]:
        assert hook.slug(name), name


def test_a_slug_cannot_be_the_name_of_anything_that_sites_install(
    pythons: dict[str, str],
) -> None:
    code = """if True:
        from importlib.metadata import packages_distributions
        for module, distributions in packages_distributions().items():
            print(module, *distributions)
    """
    hook = load_hook()
    for python in pythons.values():
        output = subprocess.run(
            [python, "-c", code], check=True, capture_output=True, text=True
        ).stdout
        names = {name.lower().replace("-", "_") for name in output.split()}
        assert "brotli" in names
        assert [name for name in sorted(names) if not hook.slug(name)] == []


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_literals_hold_any_text(text: str) -> None:
    # As in the command that repeats the answers: a template that gives the text.
    answers = dict.fromkeys(FREE_TEXTS, f"<< {json.dumps(text)} >>")

    answers = load_hook(project_slug="shop", **answers).ANSWERS

    assert [answers[name] for name in FREE_TEXTS] == [text] * 3
    # The name stands on one line wherever the site has it.
    line = " ".join(text.split())
    assert answers["__project_name_line"] == line
    for name, meant in (("project_name", line), ("description", text)):
        literal = answers[f"__{name}_py"]
        assert ast.literal_eval(literal) == meant
        # As `ruff format` would write it.
        assert literal[0] == ("'" if text.count('"') > text.count("'") else '"')
        assert re.search(r"[^ \S]", literal) is None
    toml = (
        f'description = "{answers["__description_toml"]}"\n'
        f'author_name = "{answers["__author_name_toml"]}"\n'
    )
    assert tomllib.loads(toml) == {"description": text, "author_name": text}
    assert "\n" not in answers["__project_name_line"] + answers["__copyright_holder"]


def test_an_old_cookiecutter_is_told_so() -> None:
    # It fills in nothing here.
    hook = TEMPLATE / "hooks" / "pre_gen_project.py"
    result = subprocess.run([sys.executable, hook], capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr.startswith("This needs cookiecutter 2.6 or later")
