#!/usr/bin/env python3
"""Django's command line, which first makes sure that there is a Django."""

import os
import sys

from groundtruth import bootstrap


def main() -> None:
    bootstrap.ensure(bootstrap.set_needed(sys.argv))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "groundtruth.settings")
    from django.core.exceptions import ImproperlyConfigured  # only now is it certain to be there
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        sys.exit(f"The settings cannot be used. {problem}")


if __name__ == "__main__":
    main()
