"""doctor: an installation in order has no finding, and each thing that is wrong has its own."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django_q.models import Schedule, Success
from pytest_django import Settings

from groundtruth import clock, diagnosis, heartbeat
from groundtruth.diagnosis import Severity, diagnose
from groundtruth.schedules import sync_schedules
from groundtruth.settings import single_sign_on
from groundtruth.storage import get_store

pytestmark = pytest.mark.django_db
KEY = "kq3v9Zx-2mTf7Lw0sYb8RdPn5HcJ1uGeA4oViXtQ6WzB+KyMhF"


def finish_chore(at: datetime, *, cluster: str | None = None, success: bool = True) -> None:
    Success.objects.create(
        id=uuid4().hex,
        name="sweep",
        func="groundtruth.work.sweep",
        started=at,
        stopped=at,
        success=success,
        cluster=cluster,
    )


@pytest.fixture
def production(settings: Settings, tmp_path: Path) -> Settings:
    """An installation in order but for SQLite and a store on disk, of which doctor only advises."""
    settings.SECRET_KEY = KEY
    settings.DEBUG = False
    settings.GROUNDTRUTH_URL = "https://labels.example"
    settings.HTTPS = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.ALLOWED_HOSTS = ["labels.example"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.GROUNDTRUTH_STORE_ROOT = tmp_path / "store"
    settings.ON_SQLITE = True
    get_store().make_bucket(settings.GROUNDTRUTH_BUCKET)
    call_command("createcachetable", verbosity=0)
    sync_schedules()
    finish_chore(clock.now() - timedelta(minutes=1))
    return settings


@pytest.mark.parametrize(("url", "words"), [("bogus", "names no kind of database"), ("postgres://", "no database")])
def test_a_setting_that_cannot_be_used_is_a_sentence_and_no_traceback(url: str, words: str):
    command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "doctor"]

    done = subprocess.run(
        command, env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("The settings cannot be used. DATABASE_URL")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def titles(*severities: Severity) -> list[str]:
    return [finding.title for finding in diagnose() if finding.severity in severities]


def test_an_installation_in_order_has_advice_only(production: Settings):
    assert titles(Severity.UNSAFE, Severity.MISSING) == []
    assert [title.partition(":")[0] for title in titles(Severity.ADVICE)] == [
        "The database is SQLite",
        "Objects lie on this host's disk",
    ]


@pytest.mark.parametrize(
    ("setting", "value", "severity", "begins"),
    [
        ("SECRET_KEY", "local-" + KEY, Severity.UNSAFE, "The secret key is the one made for a laptop"),
        ("SECRET_KEY", "short", Severity.UNSAFE, "The secret key can be guessed"),
        ("SECRET_KEY", "ab" * 40, Severity.UNSAFE, "The secret key can be guessed"),
        ("DEBUG", True, Severity.UNSAFE, "DEBUG is on"),
        ("ALLOWED_HOSTS", ["*"], Severity.UNSAFE, "ALLOWED_HOSTS takes any name"),
        (
            "ALLOWED_HOSTS",
            ["other.example"],
            Severity.MISSING,
            "labels.example, of GROUNDTRUTH_URL, is not in ALLOWED_HOSTS",
        ),
        ("HTTPS", False, Severity.UNSAFE, "There is no TLS"),
        ("SECURE_PROXY_SSL_HEADER", None, Severity.MISSING, "GROUNDTRUTH_URL is https, and no proxy is named"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", Severity.MISSING, "Mails are not sent"),
        ("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend", Severity.MISSING, "Mails are not sent"),
        (
            "SOCIALACCOUNT_PROVIDERS",
            single_sign_on("http://sign-on.example", "Kestrel", "id", "secret"),
            Severity.UNSAFE,
            "The OpenID provider is asked without TLS",
        ),
        (
            "SOCIALACCOUNT_PROVIDERS",
            single_sign_on("https://sign-on.example", "Kestrel", "", ""),
            Severity.MISSING,
            "The OpenID provider does not know this installation",
        ),
    ],
)
def test_each_setting_that_is_wrong_has_its_finding(
    production: Settings, setting: str, value: object, severity: Severity, begins: str
):
    setattr(production, setting, value)

    found = titles(severity)

    assert len(found) == 1
    assert found[0].startswith(begins)


def test_a_provider_in_order_needs_no_advice(production: Settings):
    production.SOCIALACCOUNT_PROVIDERS = single_sign_on("https://sign-on.example", "Kestrel", "id", "secret")

    assert titles(Severity.UNSAFE, Severity.MISSING) == []


def test_a_name_of_the_whole_domain_lets_the_host_in(production: Settings):
    production.ALLOWED_HOSTS = [".example"]

    assert titles(Severity.UNSAFE, Severity.MISSING) == []


def test_postgresql_and_s3_need_no_advice(production: Settings, monkeypatch: pytest.MonkeyPatch):
    store = get_store()
    monkeypatch.setattr(diagnosis, "get_store", lambda: store)
    production.ON_SQLITE = False
    production.GROUNDTRUTH_S3 = {"endpoint_url": "https://s3.example"}

    assert diagnose() == []


def test_static_files_that_were_not_collected(production: Settings, tmp_path: Path):
    production.STORAGES = {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
    production.STATIC_ROOT = tmp_path / "static"

    assert [title.partition(":")[0] for title in titles(Severity.MISSING)] == ["Static files were not collected"]


def test_a_store_that_does_not_answer_and_a_bucket_that_is_not_there(production: Settings, tmp_path: Path):
    production.GROUNDTRUTH_BUCKET = "none"
    absent = titles(Severity.ADVICE)
    production.GROUNDTRUTH_S3 = {
        "endpoint_url": "http://127.0.0.1:9", "public_endpoint_url": None, "region_name": "us-east-1",
        "access_key": "a", "secret_key": "b",
    }  # fmt: skip
    unreachable = titles(Severity.MISSING)

    assert "There is no bucket none yet." in absent
    assert len(unreachable) == 1
    assert unreachable[0].startswith("The object store cannot be used: ")


def test_migrations_that_are_not_applied_and_no_cache_table(production: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(diagnosis, "unapplied_migrations", lambda: ["projects.0001_initial", "projects.0002_more"])
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE cache")

    assert titles(Severity.MISSING) == [
        "The database lacks 2 migrations, from projects.0001_initial.",
        "The cache has no table: sign-in is an error.",
    ]


def test_a_database_that_does_not_answer_is_one_finding(production: Settings, monkeypatch: pytest.MonkeyPatch):
    def refuse() -> None:
        raise DatabaseError("connection refused\nIs the server running?")

    monkeypatch.setattr(connection, "ensure_connection", refuse)

    assert titles(Severity.MISSING) == ["The database does not answer: connection refused"]


def test_a_schedule_that_is_missing_is_named(production: Settings):
    Schedule.objects.filter(name="sweep").delete()

    assert titles(Severity.MISSING) == ["These schedules are not as the settings say: sweep."]


def test_background_work_that_never_ran_and_that_stands_still(production: Settings):
    Success.objects.all().delete()
    never = titles(Severity.MISSING)
    finish_chore(clock.now() - timedelta(minutes=12, seconds=5))
    still = titles(Severity.MISSING)

    assert never == ["Background work has never run: nothing is transferred, settled or delivered."]
    assert still == ["Background work stands still: its last sign of life is 12 minutes old."]


def test_the_heart_beats_by_any_chore_of_the_default_cluster(production: Settings):
    Success.objects.all().delete()
    finish_chore(clock.now() - timedelta(seconds=5), cluster="ml")
    finish_chore(clock.now() - timedelta(seconds=5), success=False)
    others_only = heartbeat.is_beating()
    finish_chore(clock.now() - timedelta(minutes=2), cluster="groundtruth")

    assert (others_only, heartbeat.is_beating()) == (False, True)


def test_the_command_ends_with_1_while_anything_is_to_mend(production: Settings):
    well, ill = StringIO(), StringIO()

    call_command("doctor", stdout=well)
    production.DEBUG = True
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", stdout=ill)

    assert "Ready for production." in well.getvalue()
    assert ended.value.code == 1
    assert ill.getvalue().startswith("unsafe   DEBUG is on: error pages show settings and code to everybody.\n")
    assert "1 to mend before strangers use this installation." in ill.getvalue()
