#!/usr/bin/env python3
"""Django's command line, which first makes sure that there is a Django."""

import os
import sys

from groundtruth import bootstrap


def main() -> None:
    bootstrap.ensure(bootstrap.set_needed(sys.argv))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "groundtruth.settings")
    from django.core.management import execute_from_command_line  # only now is it certain to be there

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
