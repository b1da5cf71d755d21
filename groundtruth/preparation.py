"""What a start needs before the first request: tables, static files, schedules. Cheap where all of it is there."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from groundtruth.schedules import sync_schedules

Say = Callable[[str], None]


def prepare(say: Say) -> None:
    """Bring database and static files to this version of the product; `say` hears of what takes a while."""
    settings.VAR.mkdir(parents=True, exist_ok=True)
    if unapplied_migrations():
        say("migrating the database …")
        call_command("migrate", interactive=False, verbosity=0)
    if not has_cache_table():
        call_command("createcachetable", verbosity=0)
    collect_static(say)
    sync_schedules()


def collect_static(say: Say) -> None:
    """Collect static files, if one of them changed since they were."""
    digest, stamp = static_digest(), Path(settings.VAR) / "static.stamp"
    if has_static_files() and stamp.exists() and stamp.read_text() == digest:
        return
    say("collecting static files …")
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(digest)


def unapplied_migrations() -> list[str]:
    """Return the names of the migrations that this database lacks."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def has_cache_table() -> bool:
    """Say whether the table of the database cache is there."""
    caches: Any = settings.CACHES
    return caches["default"]["LOCATION"] in connection.introspection.table_names()


def has_static_files() -> bool:
    """Say whether static files were collected, where the settings serve collected ones."""
    storages: Any = settings.STORAGES
    if "Manifest" not in storages["staticfiles"]["BACKEND"]:
        return True
    return (Path(settings.STATIC_ROOT) / "staticfiles.json").exists()


def static_digest() -> str:
    """Return a digest of the names, sizes and times of all static files: another one means they are to be collected."""
    return hashlib.sha256("\n".join(sorted(_static_files())).encode()).hexdigest()


def _static_files() -> Iterator[str]:
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = os.stat(storage.path(name))
            yield f"{getattr(storage, 'prefix', '')}/{name} {found.st_size} {found.st_mtime_ns}"
