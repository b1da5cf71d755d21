"""All settings, each from the environment, with a default that runs on a laptop. `manage.py doctor` judges them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # read once, when NumPy is imported
    os.environ.setdefault(_threads, "1")  # processes work side by side here; threads would only wait for one another
env = environ.FileAwareEnv()  # NAME_FILE=/path reads a secret from a file


def secret_key() -> str:
    """Return SECRET_KEY, or a key of this installation's own kept in var/ so that a laptop needs no setting."""
    if key := env.str("SECRET_KEY", default=""):
        return key
    kept = VAR / "secret_key"
    if not kept.exists():
        from django.core.management.utils import get_random_secret_key  # needs no settings, unlike most of Django

        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text("local-" + get_random_secret_key())
    return kept.read_text()


def single_sign_on(server_url: str, name: str, client_id: str, secret: str) -> dict[str, Any]:
    """Return allauth's settings of the one OpenID provider; nothing where no address is named."""
    if not server_url:
        return {}
    app = {
        "provider_id": "oidc",
        "name": name,
        "client_id": client_id,
        "secret": secret,
        # A code that is stolen on its way back is of no use without the verifier in this session.
        "settings": {"server_url": server_url, "oauth_pkce_enabled": True},
    }
    return {"openid_connect": {"APPS": [app]}}


# --- where things are -------------------------------------------------------------------------
VAR = Path(env.str("GROUNDTRUTH_VAR", default=str(BASE_DIR / "var")))
GROUNDTRUTH_URL = env.str("GROUNDTRUTH_URL", default="http://localhost:8000").rstrip("/")
GROUNDTRUTH_REGION = env.str("GROUNDTRUTH_REGION", default="home")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = secret_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = GROUNDTRUTH_URL.startswith("https://")

# --- apps -------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "groundtruth",  # first: its `test` command wins over Django's
    "groundtruth.apps.DeskConfig",  # the admin, with operations' day as its first page
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_q",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "csp",
    "projects",
    "workforce",
    "batches",
    "labeling",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "groundtruth.http.request_id",
    "groundtruth.http.without_nul",
    "groundtruth.http.in_utf8",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
]
ROOT_URLCONF = "groundtruth.urls"
WSGI_APPLICATION = "groundtruth.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "groundtruth.http.doors",
                "labeling.navigation.frame",
            ],
            "builtins": ["groundtruth.templatetags.house"],
        },
    }
]

# --- database, cache, background work -------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR / 'groundtruth.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if not DATABASES["default"].get("ENGINE"):
    raise ImproperlyConfigured("DATABASE_URL names no kind of database. Write postgres://user:password@host/name.")
ON_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
if ON_SQLITE:
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        # A read that turns into a write fails at once under DEFERRED, whatever the timeout.
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA mmap_size=134217728;"
        "PRAGMA journal_size_limit=27103364;PRAGMA cache_size=-16000;",
    }
    # A file: writes from several threads fail on a database in memory.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR / "test.sqlite3")}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}

Q_CLUSTER = {
    "name": "groundtruth",
    "orm": "default",
    "workers": env.int("CLUSTER_WORKERS", default=2),
    "timeout": 240,
    "retry": 600,  # > (timeout + 3) × (queue_limit / workers + 1), as a row's lock starts when it is prefetched
    "max_attempts": 1,
    "queue_limit": env.int("CLUSTER_WORKERS", default=2),
    "bulk": 1,
    "recycle": 200,
    "max_rss": 800_000,
    "poll": 0.5,
    "save_limit": 1000,
    "catch_up": False,
    "ack_failures": True,
    "label": "Queue",
    "ALT_CLUSTERS": {"ml": {"workers": 1, "timeout": 3600, "retry": 7500, "queue_limit": 1}},
}
CHORE_LEASE_SECONDS = env.int(
    "CHORE_LEASE_SECONDS", default=300
)  # > Q_CLUSTER timeout: a killed chore is rung again after it
SCHEDULES = [  # name, dotted function, minutes
    ("sweep", "groundtruth.work.sweep", 1),
    ("expire assignments", "labeling.chores.expire", 1),
    ("seal audit log", "projects.chores.seal", 5),
    ("recount batches", "batches.chores.recount", 1440),
]

# --- objects ------------------------------------------------------------------------------------
GROUNDTRUTH_STORE_ROOT = Path(env.str("GROUNDTRUTH_STORE_ROOT", default=str(VAR / "store")))
GROUNDTRUTH_BUCKET = env.str("GROUNDTRUTH_BUCKET", default="groundtruth")  # holds every project's own prefix
GROUNDTRUTH_S3 = (
    {
        "endpoint_url": env.str("S3_ENDPOINT_URL", default="") or None,
        "public_endpoint_url": env.str("S3_PUBLIC_ENDPOINT_URL", default="") or None,
        "region_name": env.str("S3_REGION", default="us-east-1"),
        "access_key": env.str("S3_ACCESS_KEY", default="") or None,
        "secret_key": env.str("S3_SECRET_KEY", default="") or None,
    }
    if env.str("S3_ENDPOINT_URL", default="") or env.bool("S3", default=False)
    else {}
)
# Customers' own stores: {name: {endpoint_url, region_name, access_key, secret_key}}; a grant holds the name alone.
GROUNDTRUTH_S3_CREDENTIALS = env.json("S3_CREDENTIALS", default={})
SIGNED_URL_SECONDS = 600
# Where a browser fetches objects from: the frame's policy needs an absolute address.
STORE_ORIGIN = (
    GROUNDTRUTH_S3.get("public_endpoint_url") or GROUNDTRUTH_S3.get("endpoint_url") or GROUNDTRUTH_URL
).rstrip("/")

# Limits of a batch (spec/portal.md 6) and of a manifest (spec/manifests.md 1).
MAX_FILE_BYTES = env.int("MAX_FILE_BYTES", default=2 * 10**9)
MAX_BATCH_FILES = env.int("MAX_BATCH_FILES", default=10_000)
MAX_BATCH_BYTES = env.int("MAX_BATCH_BYTES", default=100 * 10**9)
MAX_BATCHES_IN_TRANSFER = env.int("MAX_BATCHES_IN_TRANSFER", default=5)
MAX_PROJECTS_IN_REVIEW = env.int("MAX_PROJECTS_IN_REVIEW", default=5)
MAX_IMAGE_PIXELS = env.int("MAX_IMAGE_PIXELS", default=100_000_000)
# A job's own pre- and post-annotation functions, by name: "https://…" (called, signed) or "package.module:function".
ANNOTATION_FUNCTIONS = env.json("ANNOTATION_FUNCTIONS", default={})
ANNOTATION_SECONDS = env.int("ANNOTATION_SECONDS", default=20)  # until a call is given up
MAX_ANSWER_BYTES = env.int("MAX_ANSWER_BYTES", default=8 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_ANSWER_BYTES + 64 * 1024

# --- people ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "projects.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation." + name}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
SIGN_UP_OPEN = env.bool("SIGN_UP_OPEN", default=True)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "projects.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "projects.forms.FounderForm"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_RATE_LIMITS = {
    "login": env.str("SIGN_IN_RATE", default="30/m/ip"),
    "signup": env.str("SIGN_UP_RATE", default="20/m/ip"),
}
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
USERSESSIONS_TRACK_ACTIVITY = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {"add_webauthn": "projects.sign_on.PasskeyForm"}
MFA_TOTP_ISSUER = "Groundtruth"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_ADAPTER = "projects.adapter.SignOnAdapter"
SOCIALACCOUNT_FORMS = {"signup": "projects.sign_on.SignOnForm"}
SOCIALACCOUNT_AUTO_SIGNUP = False  # who comes by OIDC says their name and organization too
SOCIALACCOUNT_EMAIL_VERIFICATION = "mandatory"  # by a mail of ours, unless the provider says that it verified it
# Whether a verified address opens the account that has it; the adapter says which accounts never open so.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = env.bool("OIDC_MATCH_ADDRESSES", default=True)
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True  # from then on it opens to that identity, not to the address
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True  # a session left open must not gain a lasting way in
SOCIALACCOUNT_PROVIDERS = single_sign_on(
    env.str("OIDC_SERVER_URL", default=""),
    env.str("OIDC_NAME", default="Single sign-on"),
    env.str("OIDC_CLIENT_ID", default=""),
    env.str("OIDC_CLIENT_SECRET", default=""),
)

# --- mail -------------------------------------------------------------------------------------------
MAIL_FOLDER = VAR / "mail"  # where the file backend keeps mails; staff read them at /outbox/
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
if env.bool("KEEP_MAILS", default=False):
    EMAIL_BACKEND, EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", str(MAIL_FOLDER)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Groundtruth <groundtruth@localhost>")
EMAIL_TIMEOUT = 20

# --- static files, words, times ---------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "groundtruth.styles.StyleFinder",  # first: site.css with its imports written out
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
WHITENOISE_USE_FINDERS = env.bool("WHITENOISE_USE_FINDERS", default=DEBUG)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": VAR / "media"}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or env.bool("PLAIN_STATIC", default=False)
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = ["groundtruth.formats"]

# --- what a browser may do ---------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "blob:", "data:", STORE_ORIGIN],
        "media-src": [SELF, "blob:", STORE_ORIGIN],
        "connect-src": [SELF, "blob:", STORE_ORIGIN],
        "font-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 86400
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", default=False)
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_TLS_PROXY", default=False) else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django-q": {"level": env.str("CLUSTER_LOG_LEVEL", default="WARNING")},
        "django.request": {"level": "ERROR"},
    },
}

if not ON_SQLITE and not DATABASES["default"].get("NAME"):
    raise ImproperlyConfigured("DATABASE_URL names no database. Write postgres://user:password@host/name.")
