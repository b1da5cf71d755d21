"""News labelled by noisy people and a machine through the real portal: `python -m tests.bench.news FILE`.

In a folder of its own (GROUNDTRUTH_VAR), with a web server and a cluster of its own. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import time
from pathlib import Path

import django


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="csv.gz of id, text, label")
    parser.add_argument("--objects", type=int, default=3000)
    parser.add_argument("--target", type=int, default=95, metavar="PERCENT", help="of the machine's labels are right")
    parser.add_argument("--port", type=int, default=8123)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "groundtruth.settings")
    django.setup()
    from tests.labeling import news_road  # which needs Django set up

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ended as Ctrl-C ends it
    began = time.monotonic()
    items = news_road.read_news(options.file, options.objects)
    told = news_road.walk(options.port, items, options.target)
    judged = news_road.judge(items, told["manifest"])
    print(json.dumps({**told, **judged, "seconds": round(time.monotonic() - began, 1)}))


if __name__ == "__main__":
    main()
