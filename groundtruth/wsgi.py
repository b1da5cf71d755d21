"""The WSGI entry point: `gunicorn groundtruth.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "groundtruth.settings")
application = get_wsgi_application()
