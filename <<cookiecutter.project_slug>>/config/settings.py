"""The site's settings, in one file.

What differs between a laptop and production comes from environment variables or from
the file .env beside manage.py; .env.example shows them. A secret can also be in a file of
its own, which SECRET_KEY_FILE, say, then names in place of SECRET_KEY. A variable that is
missing or makes no sense stops the start with a message that names it.
"""

from pathlib import Path<% if cookiecutter.database == "sqlite" %>
from urllib.parse import quote<% endif %>

from environs import FileAwareEnv, validate

#% if cookiecutter.session_engine in ["cache", "cached_db"] and cookiecutter.cache_service == "redis"
from config.redis import redis_cache, validate_redis_url, with_database

#% endif
BASE_DIR = Path(__file__).resolve().parent.parent

env = FileAwareEnv(strip_whitespace=True)
env.read_env(BASE_DIR / ".env", recurse=False)

# The site
# --------

SITE_NAME = env.str(
    "SITE_NAME",
    << cookiecutter.__project_name_py >>,
    # It appears in the subjects of mails.
    validate=validate.Regexp(r".+\Z", error="one line, and not empty"),
)
SITE_DESCRIPTION = env.str(
    "SITE_DESCRIPTION",
    << cookiecutter.__description_py >>,
)

# True shows details of errors to every visitor: for development only.
DEBUG = env.bool("DEBUG", False)

# Signs sessions, messages and password-reset links. Whoever knows it can forge them.
SECRET_KEY = env.str("SECRET_KEY", validate=validate.Length(min=1))

# Earlier keys: what was signed with them is still accepted.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", [])

# The host names that the site answers to.
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS",
    ["<< cookiecutter.__domain_name_ascii >>"],
)

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

INSTALLED_APPS = [
    "modeltranslation",  # before the admin, whose pages it changes
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
#% if cookiecutter.session_engine != "signed_cookies"
    "allauth.usersessions",
#% endif
    "django_htmx",
    "accounts",
    "cart",
    "catalog",
    "orders",
    "session_store",
]

MIDDLEWARE = [
    "config.middleware.LanguageMiddleware",
    "django.middleware.security.SecurityMiddleware",
#% if cookiecutter.django_version != "5.2"
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
#% endif
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.ExtraHeadersMiddleware",
    "config.middleware.DeletedCookiesMiddleware",
    "config.health.HealthMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Visitors without cookies share cached pages, for which nothing below this runs.
    "catalog.middleware.AnyonesPagesMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "session_store.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "config.csrf.AnyonesFormsMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
#% if cookiecutter.session_engine != "signed_cookies"
    "accounts.activity.user_sessions_middleware",
#% else
    "accounts.reauthentication.reauthentication_middleware",
#% endif
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.middleware.PersonalPagesMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.RefreshMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context_processors.site",
            ],
        },
    },
]

# The shop
# --------

# The currency sign shown with every price.
CURRENCY = "€"

# The currency's ISO 4217 code, for search engines.
CURRENCY_CODE = "EUR"

# The maximum quantity of a product, and number of different products, in a cart.
CART_MAX_QUANTITY = env.int("CART_MAX_QUANTITY", 99, validate=validate.Range(1))
#% if cookiecutter.session_engine == "signed_cookies"
# Browsers drop a cookie of more than 4,096 bytes, and the cart is stored in one.
CART_MAX_LINES = env.int("CART_MAX_LINES", 100, validate=validate.Range(1))

#% else
CART_MAX_LINES = env.int("CART_MAX_LINES", 1000, validate=validate.Range(1))

#% endif
# Sessions
# --------
# Each can be set by the environment variable of the same name.

# Where sessions are kept.
SESSION_ENGINE = env.str("SESSION_ENGINE", "session_store.backends.<< cookiecutter.session_engine >>")

# The entry of CACHES that stores sessions (used by the engines cache and cached_db).
#% if cookiecutter.session_engine in ["cache", "cached_db"]
SESSION_CACHE_ALIAS = env.str("SESSION_CACHE_ALIAS", "sessions")

#% else
SESSION_CACHE_ALIAS = env.str("SESSION_CACHE_ALIAS", "default")

#% endif
# The old engine, while sessions are being moved from it, such as
# django.contrib.sessions.backends.db. Visitors stay signed in and keep their carts.
SESSION_PREVIOUS_ENGINE = env.str("SESSION_PREVIOUS_ENGINE", "")

# The entry of CACHES that the old engine used, if that was cache or cached_db.
SESSION_PREVIOUS_CACHE_ALIAS = env.str("SESSION_PREVIOUS_CACHE_ALIAS", "sessions")

# The folder that stores sessions (used by the engine file).
SESSION_FILE_PATH = env.str("SESSION_FILE_PATH", str(BASE_DIR / "var" / "sessions"))

# How session data is written; JSON cannot run code when it is read back.
SESSION_SERIALIZER = env.str(
    "SESSION_SERIALIZER", "django.contrib.sessions.serializers.JSONSerializer"
)

# Seconds after which an anonymous cart and a sign-in are forgotten; browsers keep no
# cookie longer than 400 days.
SESSION_COOKIE_AGE = env.int(
    "SESSION_COOKIE_AGE", << cookiecutter.session_cookie_age|int >>, validate=validate.Range(1, 400 * 86400)
)

# The domain whose hosts share the cookie; if empty, only the host that set it gets it.
#% if cookiecutter.session_cookie_domain
SESSION_COOKIE_DOMAIN = (
    env.str(
        "SESSION_COOKIE_DOMAIN",
        "<< cookiecutter.__session_cookie_domain_ascii >>",
    )
    or None
)

#% else
SESSION_COOKIE_DOMAIN = env.str("SESSION_COOKIE_DOMAIN", "") or None

#% endif
# The part of the site that receives the cookie; "/" is all of it.
SESSION_COOKIE_PATH = env.str("SESSION_COOKIE_PATH", "/")

# True: the browser sends the cookie over HTTPS only.
SESSION_COOKIE_SECURE = env.bool("SESSION_COOKIE_SECURE", << cookiecutter.session_cookie_secure >>)

# Name prefixes for which browsers check a cookie before they accept it. __Host-: it was
# set over HTTPS by this very host, for the whole site. __Secure-: it was set over
# HTTPS. So neither a page over http nor, with __Host-, another host can plant one.
if not SESSION_COOKIE_SECURE:
    COOKIE_PREFIX = ""
elif SESSION_COOKIE_DOMAIN or SESSION_COOKIE_PATH != "/":
    COOKIE_PREFIX = "__Secure-"
else:
    COOKIE_PREFIX = "__Host-"

# Letters, digits and some symbols, but no name of a cookie attribute, such as Path.
cookie_name = validate.Regexp(
    r"(?i)(?!(comment|domain|expires|httponly|max-age|partitioned|path|samesite|secure"
    r"|version)\Z)[!#$%&'*+.^_`|~0-9a-z-]+\Z",
    error="no cookie can have that name",
)

# The cookie's name in the visitor's browser.
SESSION_COOKIE_NAME = env.str(
    "SESSION_COOKIE_NAME",
#% if cookiecutter.__session_cookie_prefix
    "<< cookiecutter.session_cookie_name >>",
#% else
    COOKIE_PREFIX + "<< cookiecutter.session_cookie_name >>",
#% endif
    validate=cookie_name,
)

# True: scripts on the page cannot read the cookie.
SESSION_COOKIE_HTTPONLY = env.bool("SESSION_COOKIE_HTTPONLY", True)

# Whether requests from other sites send the cookie. Lax: when a link is followed.
# Strict: never, so a visitor who follows a link looks signed out. None: always.
SESSION_COOKIE_SAMESITE = env.str(
    "SESSION_COOKIE_SAMESITE",
    "<< cookiecutter.session_cookie_samesite >>",
    validate=validate.OneOf(["Lax", "Strict", "None"]),
)

# True: an anonymous cart and a sign-in end with the browser, whatever SESSION_COOKIE_AGE says.
# "Remember me" at sign-in overrides this for that one session.
SESSION_EXPIRE_AT_BROWSER_CLOSE = env.bool("SESSION_EXPIRE_AT_BROWSER_CLOSE", << cookiecutter.session_expire_at_browser_close >>)

# True: every request saves the session, so SESSION_COOKIE_AGE counts from the last
# visit. False: it counts from the last change, such as to the cart.
SESSION_SAVE_EVERY_REQUEST = env.bool("SESSION_SAVE_EVERY_REQUEST", << cookiecutter.session_save_every_request >>)

# Seconds without a visit after which a user is signed out, "remember me" or not. A
# visit is recorded at most once in a twentieth of that time.
SESSION_IDLE_TIMEOUT = env.int(
    "SESSION_IDLE_TIMEOUT", 604800, validate=validate.Range(1)
)

# Seconds after which a user has to sign in again, however often they have visited.
SESSION_ABSOLUTE_TIMEOUT = env.int(
    "SESSION_ABSOLUTE_TIMEOUT", 2592000, validate=validate.Range(1)
)

#% if cookiecutter.session_engine == "signed_cookies"
# Seconds for which the server accepts a session cookie that ends with the browser: it
# is not told when the browser is closed.
#% else
# Seconds for which the server keeps a session that ends with the browser: it is not
# told when the browser is closed.
#% endif
SESSION_BROWSER_CLOSE_AGE = env.int(
    "SESSION_BROWSER_CLOSE_AGE", 86400, validate=validate.Range(1)
)

#% if cookiecutter.session_engine != "signed_cookies"
# The maximum size of a session, so that no visitor can fill the store. A cart of 1,000
# lines takes a quarter of it.
SESSION_MAX_BYTES = env.int("SESSION_MAX_BYTES", 65536, validate=validate.Range(1))

#% endif
# Messages
# --------

# Messages to show after a redirect are stored in a cookie, which is as secure as the
# session's.
MESSAGE_STORAGE = "config.messages.MessageStorage"
MESSAGE_COOKIE_NAME = COOKIE_PREFIX + "messages"

# Database
# --------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

#% if cookiecutter.database == "postgresql"
# Connections are kept open and shared between threads; opening one per request is
# many times slower, and CONN_MAX_AGE would hold one for every thread. Each is checked
# before a request gets it, so that a restart of PostgreSQL makes no request fail.
DATABASES = {"default": env.dj_db_url("DATABASE_URL", engine="config.postgresql")}
DATABASES["default"]["OPTIONS"] = {
    # A server whose machine or network is down does not even refuse connections, and
    # the default is to wait for minutes, or hours. Seconds to wait for a connection:
    "connect_timeout": 3,
    # Milliseconds in which its machine has to acknowledge what was sent:
    "tcp_user_timeout": 5000,
    # Seconds without a response after which its machine is probed whether it is still
    # up, and probed again:
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    # The options in DATABASE_URL, such as ?sslmode=require.
    **DATABASES["default"].get("OPTIONS", {}),
    "pool": {
        "min_size": 1,
        "max_size": env.int("DATABASE_POOL_SIZE", 8),
        # Seconds that a request waits for a connection.
        "timeout": 3,
        # Seconds after which the pool gives up and lets the next request try, so that
        # the site is back when PostgreSQL is. By default the pool waits ever longer.
        "reconnect_timeout": 1,
    },
}

#% else
DATABASES = {
    # Connections stay open: opening one takes longer than most pages.
    "default": env.dj_db_url(
        "DATABASE_URL",
        f"sqlite:///{quote(str(BASE_DIR / 'db.sqlite3'))}",
        conn_max_age=None,
    )
}
# Readers do not wait for writers (WAL); transactions take the write lock when they
# begin (IMMEDIATE) and wait for it up to `timeout` seconds.
DATABASES["default"]["OPTIONS"] = {
    "timeout": 5,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    # The options in DATABASE_URL, such as ?timeout=10.
    **DATABASES["default"].get("OPTIONS", {}),
}
# The tests' database is a file like the site's, rather than in memory.
DATABASES["default"]["TEST"] = {"NAME": BASE_DIR / "test.sqlite3"}

#% endif
# Caches
# ------

#% if cookiecutter.session_engine in ["cache", "cached_db"] and cookiecutter.cache_service == "redis"
# A server by TCP, TLS or a socket, or a primary behind sentinels: see config/redis.py.
REDIS_URL = env.str("REDIS_URL", validate=validate_redis_url)
# Sessions have a database of their own, so that the rest of that Redis can be cleared
# without signing anybody out.
SESSION_REDIS_URL = env.str(
    "SESSION_REDIS_URL", with_database(REDIS_URL, 1), validate=validate_redis_url
)

#% elif cookiecutter.session_engine in ["cache", "cached_db"]
MEMCACHED_SERVERS = env.list("MEMCACHED_SERVERS", validate=validate.Length(min=1))

#% endif
CACHES = {
    # Sign-in attempts are counted here, to limit their rate. The database is shared by
    # all processes, and is available even if a cache server is not.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "django_cache",
        # More than the addresses that one person has; beyond it, entries are culled.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
#% if cookiecutter.session_engine in ["cache", "cached_db"] and cookiecutter.cache_service == "redis"
    "sessions": redis_cache(
        SESSION_REDIS_URL,
        {
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            # Seconds that a visitor waits at most when Redis does not respond.
            "SOCKET_CONNECT_TIMEOUT": 0.3,
            "SOCKET_TIMEOUT": 0.3,
        },
    )
    # Other sites may use the same database.
    | {"KEY_PREFIX": "<< cookiecutter.project_slug >>"},
#% elif cookiecutter.session_engine in ["cache", "cached_db"]
    "sessions": {
        "BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache",
        "LOCATION": MEMCACHED_SERVERS,
        "KEY_PREFIX": "<< cookiecutter.project_slug >>-sessions",
        # Every request tries the server. By default pymemcache skips a server that has
        # failed for a while and reports misses, so everyone would be signed out.
        "OPTIONS": {
            # Seconds that a visitor waits at most when Memcached does not respond.
            "connect_timeout": 0.3,
            "timeout": 0.3,
            "no_delay": True,
            "retry_attempts": 1_000_000,
            "retry_timeout": -1,
        },
    },
#% endif
}

# Accounts
# --------

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "catalog:product_list"

AUTHENTICATION_BACKENDS = ["accounts.backends.AuthenticationBackend"]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "
ACCOUNT_FORMS = {"login": "accounts.forms.LoginForm"}
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
# Never reveal who has an account: an address can sign up again, as another user.
ACCOUNT_PREVENT_ENUMERATION = "strict"
# A way in for a user who is locked out because somebody else tried wrong passwords.
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
# Users can manage their email addresses and other devices only if they have entered
# their password (or a code) within the last ACCOUNT_REAUTHENTICATION_TIMEOUT seconds.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Not with a code sent by email: OWASP ASVS 5.0, 6.3.6.
ACCOUNT_REAUTHENTICATION_METHODS = ["password", "mfa"]
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# The name under which an authenticator app lists its codes for this site.
MFA_TOTP_ISSUER = SITE_NAME
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if DEBUG else "https"

# Mail
# ----

DEFAULT_FROM_EMAIL = env.str(
    "DEFAULT_FROM_EMAIL",
    "webmaster@<< cookiecutter.__domain_name_ascii >>",
)
# The mail server. Without one, mail is printed in the terminal or the log.
#% if cookiecutter.django_version == "5.2"
EMAIL_HOST = env.str("EMAIL_HOST", "")
if not EMAIL_HOST:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
EMAIL_PORT = env.int("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", False)
# Seconds that a visitor waits at most for a mail server that does not respond.
EMAIL_TIMEOUT = 5

#% else
if email_host := env.str("EMAIL_HOST", ""):
    MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {
                "host": email_host,
                "port": env.int("EMAIL_PORT", 25),
                "username": env.str("EMAIL_HOST_USER", ""),
                "password": env.str("EMAIL_HOST_PASSWORD", ""),
                "use_tls": env.bool("EMAIL_USE_TLS", False),
                # Seconds that a visitor waits at most for a server that is silent.
                "timeout": 5,
            },
        }
    }
else:
    MAILERS = {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}

#% endif
# Languages and time
# ------------------

# The language of URLs without a language prefix; the prefix is a language's code.
LANGUAGE_CODE = "<< cookiecutter.language_code >>"
LANGUAGES = [("en", "English"), ("ru", "Русский")]
# Products can have texts in each of LANGUAGES, but that of LANGUAGE_CODE is enough: if
# the one in the page's language is missing, the first one there is takes its place.
MODELTRANSLATION_DEFAULT_LANGUAGE = LANGUAGE_CODE
MODELTRANSLATION_FALLBACK_LANGUAGES = [code for code, name in LANGUAGES]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "<< cookiecutter.timezone >>"

# Static files and uploads
# ------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "var" / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = env.path(
    "MEDIA_ROOT",
    BASE_DIR / "var" / "media",
    # Everything in it is public.
    validate=validate.NoneOf(
        [Path(), BASE_DIR, *BASE_DIR.parents],
        error="a folder of its own, in which there is nothing but pictures",
    ),
)

# No other site needs the static files, and no page needs their names without hashes.
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        # Browsers may cache files with a hash in their names forever; these are made by
        # `manage.py collectstatic`, which development does without.
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}

# Logs
# ----

# "json" for programs that collect logs, "text" for people.
LOG_FORMAT = env.str(
    "LOG_FORMAT",
    "text" if DEBUG else "json",
    validate=validate.OneOf(["json", "text"]),
)
# All of them go to stderr: to the terminal, the journal or the container's log.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "config.logs.JSONFormatter"},
        "text": {
            "()": "config.logs.TextFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s: %(message)s%(about)s",
            # What the cached_db engine adds to a message of Django's.
            "defaults": {"about": ""},
        },
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django": {"handlers": []}},
}

# Errors are also reported to the Sentry project of this DSN.
if SENTRY_DSN := env.str("SENTRY_DSN", ""):
    from config import sentry

    sentry.start(SENTRY_DSN, env.str("SENTRY_ENVIRONMENT", "production"))

# Security
# --------

CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
CSRF_COOKIE_SECURE = env.bool("CSRF_COOKIE_SECURE", not DEBUG)
CSRF_COOKIE_NAME = env.str(
    "CSRF_COOKIE_NAME",
    "__Host-csrftoken" if CSRF_COOKIE_SECURE else "csrftoken",
    validate=cookie_name,
)
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", [])

# Redirect visitors from http to https.
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", not DEBUG)
# Except for health checks, which come from inside.
SECURE_REDIRECT_EXEMPT = [r"^health/"]

# Seconds for which a browser then insists on https, subdomains included. This cannot be
# revoked, so start with an hour; once all subdomains are known to work over https,
# raise it to a day (86400), a week (604800), and a year (31536000).
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 0 if DEBUG else 3600)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", True)
# True requests a place in the HSTS preload list built into browsers, which is even
# harder to undo: the owner's decision, so `check --deploy` does not urge it (W021).
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", False)
SILENCED_SYSTEM_CHECKS = ["security.W021"]

# What a page may load, and from where: this site only. Browsers block anything else,
# such as a payment provider's script, until it is listed here.
policy = {
    "default-src": ["'self'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "img-src": ["'self'", "data:"],  # the QR code for two-factor sign-in is in its page
    "object-src": ["'none'"],
}<% if cookiecutter.django_version != "5.2" %>
SECURE_CSP = policy<% endif %>

# Headers that Django has no setting for: no page uses these features of the browser,
# and other sites can neither embed nor read what is here.
EXTRA_HEADERS = {
#% if cookiecutter.django_version == "5.2"
    "Content-Security-Policy": "; ".join(
        " ".join([name, *sources]) for name, sources in policy.items()
    ),
#% endif
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}

# The maximum size of a form in bytes, without and with its files.
DATA_UPLOAD_MAX_MEMORY_SIZE = 500_000
UPLOAD_MAX_SIZE = 10_000_000
FILE_UPLOAD_HANDLERS = [
    "config.uploads.MaxSizeUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# True only behind a proxy of yours that terminates TLS and always sets
# X-Forwarded-Proto and X-Forwarded-For itself; otherwise visitors could forge them.
if env.bool("BEHIND_TLS_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Sign-in attempts are counted, and limited, by client address.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
