"""What is unsafe or missing before strangers use an installation, as findings in plain words. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connection

from groundtruth import heartbeat
from groundtruth.preparation import has_cache_table, has_static_files, unapplied_migrations
from groundtruth.schedules import missing_schedules
from groundtruth.storage import Missing, StoreError, get_store

SHORTEST_KEY = 50  # characters, of which so many differ: what Django's own deployment check asks for
LEAST_DIFFERENT = 5
MADE_HERE = "local-"  # how a key begins that the settings made themselves
TO_NOBODY = ("console", "filebased", "dummy", "locmem")  # mail backends that send nothing


class Severity(Enum):
    UNSAFE = "unsafe"  # somebody could harm the installation or read what is not theirs
    MISSING = "missing"  # something will not work
    ADVICE = "advice"  # works, and has a limit to know of


@dataclass(frozen=True)
class Finding:
    severity: Severity
    title: str
    remedy: str


Findings = Iterator[Finding]


def diagnose() -> list[Finding]:
    """Return what is wrong, the worst first. Reads the settings, the database and the store."""
    found = [finding for look in (*SETTINGS, look_at_store) for finding in look()]
    try:
        connection.ensure_connection()
    except DatabaseError as problem:
        found.append(
            _missing(f"The database does not answer: {_first_line(problem)}", "Check DATABASE_URL and the server.")
        )
    else:
        found += [finding for look in TABLES for finding in look()]
    return sorted(found, key=lambda finding: list(Severity).index(finding.severity))


def _unsafe(title: str, remedy: str) -> Finding:
    return Finding(Severity.UNSAFE, title, remedy)


def _missing(title: str, remedy: str) -> Finding:
    return Finding(Severity.MISSING, title, remedy)


def _advice(title: str, remedy: str) -> Finding:
    return Finding(Severity.ADVICE, title, remedy)


def _first_line(problem: Exception) -> str:
    return str(problem).strip().partition("\n")[0]


# --- the settings ------------------------------------------------------------------------------------


def look_at_secret_key() -> Findings:
    key = settings.SECRET_KEY
    if key.startswith(MADE_HERE):
        yield _unsafe(
            "The secret key is the one made for a laptop: it lies in var/, beside the data that it protects.",
            "Set SECRET_KEY, or SECRET_KEY_FILE, to 50 random characters or more; the same on every host.",
        )
    elif len(key) < SHORTEST_KEY or len(set(key)) < LEAST_DIFFERENT:
        yield _unsafe("The secret key can be guessed.", "Set SECRET_KEY to 50 random characters or more.")


def look_at_debug() -> Findings:
    if settings.DEBUG:
        yield _unsafe("DEBUG is on: error pages show settings and code to everybody.", "Unset DEBUG.")


def look_at_hosts() -> Findings:
    host = urlsplit(settings.GROUNDTRUTH_URL).hostname or ""
    if "*" in settings.ALLOWED_HOSTS:
        yield _unsafe("ALLOWED_HOSTS takes any name, so links in mails can be forged.", f"Set ALLOWED_HOSTS={host}.")
    elif not any(
        host == name or (name.startswith(".") and f".{host}".endswith(name)) for name in settings.ALLOWED_HOSTS
    ):
        yield _missing(
            f"{host}, of GROUNDTRUTH_URL, is not in ALLOWED_HOSTS: every page is refused.", f"Set ALLOWED_HOSTS={host}."
        )


def look_at_transport() -> Findings:
    if not settings.HTTPS:
        yield _unsafe(
            "There is no TLS: passwords and customers' data go over the wire in clear.",
            "Put a proxy with a certificate in front, and set GROUNDTRUTH_URL=https://… and BEHIND_TLS_PROXY=1.",
        )
    elif settings.SECURE_PROXY_SSL_HEADER is None:
        yield _missing(
            "GROUNDTRUTH_URL is https, and no proxy is named: forms are refused, as each request looks like http.",
            "Let the proxy set X-Forwarded-Proto, never pass a client's own, and set BEHIND_TLS_PROXY=1.",
        )


def look_at_database_kind() -> Findings:
    if settings.ON_SQLITE:
        yield _advice(
            "The database is SQLite: good for one host and about 50 people at work.",
            "Beyond that set DATABASE_URL=postgres://user:password@host/name.",
        )


def look_at_mail() -> Findings:
    if any(f".{kind}." in settings.EMAIL_BACKEND for kind in TO_NOBODY):
        yield _missing(
            "Mails are not sent: nobody can confirm an address or set a password.",
            "Set EMAIL_URL=smtp+tls://user:password@host:587 and DEFAULT_FROM_EMAIL.",
        )


def look_at_single_sign_on() -> Findings:
    for app in settings.SOCIALACCOUNT_PROVIDERS.get("openid_connect", {}).get("APPS", []):
        if not app["settings"]["server_url"].startswith("https://"):
            yield _unsafe(
                "The OpenID provider is asked without TLS: who sits between can sign in as anybody.",
                "Set OIDC_SERVER_URL=https://…",
            )
        if not app["client_id"]:
            place = f"{settings.GROUNDTRUTH_URL}/account/oidc/{app['provider_id']}/login/callback/"
            yield _missing(
                "The OpenID provider does not know this installation: nobody can sign in by it.",
                f"Register {place} there, and set OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.",
            )


def look_at_static_files() -> Findings:
    if not has_static_files():
        yield _missing(
            "Static files were not collected: every page is an error.", "Run: manage.py collectstatic --no-input"
        )


SETTINGS: tuple[Callable[[], Findings], ...] = (
    look_at_secret_key,
    look_at_debug,
    look_at_hosts,
    look_at_transport,
    look_at_database_kind,
    look_at_mail,
    look_at_single_sign_on,
    look_at_static_files,
)


# --- the store -----------------------------------------------------------------------------------------


def look_at_store() -> Findings:
    bucket = settings.GROUNDTRUTH_BUCKET
    if not settings.GROUNDTRUTH_S3:
        yield _advice(
            "Objects lie on this host's disk: one host only, and only your own backup.",
            "Set S3_ENDPOINT_URL, or S3=1, and its keys.",
        )
    try:
        get_store().check(bucket)
    except Missing:
        yield _advice(
            f"There is no bucket {bucket} yet.", "Make it; or the first request that is approved does, if the key may."
        )
    except StoreError as problem:
        yield _missing(
            f"The object store cannot be used: {_first_line(problem)}",
            "Check S3_ENDPOINT_URL, S3_ACCESS_KEY and S3_SECRET_KEY.",
        )


# --- the tables ----------------------------------------------------------------------------------------


def look_at_tables() -> Findings:
    if lacking := unapplied_migrations():
        yield _missing(f"The database lacks {len(lacking)} migrations, from {lacking[0]}.", "Run: manage.py migrate")
    if not has_cache_table():
        yield _missing("The cache has no table: sign-in is an error.", "Run: manage.py createcachetable")


def look_at_background_work() -> Findings:
    if unapplied_migrations():
        return  # there may be no table to look into
    if lacking := missing_schedules():
        yield _missing(
            f"These schedules are not as the settings say: {', '.join(lacking)}.", "Run: manage.py sync_schedules"
        )
    remedy = "Run manage.py qcluster as a service, and look into its log."
    age = heartbeat.age()
    if age is None:
        yield _missing("Background work has never run: nothing is transferred, settled or delivered.", remedy)
    elif age >= heartbeat.OLD:
        yield _missing(
            f"Background work stands still: its last sign of life is {int(age.total_seconds() // 60)} minutes old.",
            remedy,
        )


TABLES: tuple[Callable[[], Findings], ...] = (look_at_tables, look_at_background_work)
