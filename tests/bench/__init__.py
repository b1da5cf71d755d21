"""Measurements, run as `python3 -m tests.bench.NAME`, from a bare clone too."""

import sys

from groundtruth import bootstrap

if sys.argv[0] == "-m":  # started, and not merely imported by a test
    bootstrap.ensure("test")
