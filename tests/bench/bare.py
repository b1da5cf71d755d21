"""The reference of the worker loop: views without middleware that do one raw INSERT in autocommit, same server.

`bare` has SQLite as Django ships it, `bare_wal` with our settings. Run as `gunicorn tests.bench.bare:application`.
"""

import os
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.urls import path

FOLDER = os.environ["BARE_FOLDER"]
WAL = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA mmap_size=134217728;"
    "PRAGMA journal_size_limit=27103364;PRAGMA cache_size=-16000;",
}
TABLE = "CREATE TABLE IF NOT EXISTS answer (id INTEGER PRIMARY KEY AUTOINCREMENT, task INTEGER, payload TEXT)"
INSERT = "INSERT INTO answer (task, payload) VALUES (%s, %s)"


def database(name: str, **options: Any) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{FOLDER}/{name}.sqlite3", **options}


settings.configure(
    SECRET_KEY="reference",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[],
    DATABASES={"default": database("bare"), "wal": database("wal", OPTIONS=WAL, CONN_MAX_AGE=60)},
)


def insert(request: HttpRequest, using: str) -> HttpResponse:
    with connections[using].cursor() as cursor:
        cursor.execute(INSERT, [1, request.body.decode()])
    return HttpResponse(b"{}", content_type="application/json")


urlpatterns = [
    path("bare/", insert, {"using": "default"}),
    path("bare_wal/", insert, {"using": "wal"}),
]
application = get_wsgi_application()


def make_tables() -> None:
    for name in ("default", "wal"):
        with connections[name].cursor() as cursor:
            cursor.execute(TABLE)
        connections[name].close()
