"""News as what a road is about, the walk of it, and what came of it: as the demonstration, but with texts."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
import sys
from dataclasses import dataclass
from functools import partial
from html import unescape
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings

from batches import delivery
from batches.models import Batch, Delivery
from groundtruth.preparation import prepare
from groundtruth.storage import Address, get_store
from labeling.demonstration import accounts
from labeling.demonstration.client import Browser, Unexpected
from labeling.demonstration.house import House
from labeling.demonstration.people import Person
from labeling.demonstration.progress import Progress
from labeling.demonstration.road import Road
from labeling.demonstration.subject import Seen, Subject
from labeling.models import Annotation, Job, LoopRun

BUCKET, MANIFEST = "demo-news", "in/news.manifest"
PEOPLE = 6
WRONG = 0.10  # of each person's answers, evenly among the other categories
ATTRIBUTE = "topic"


@dataclass(frozen=True)
class Item:
    id: str
    text: str
    topic: str

    @property
    def mark(self) -> str:
        return mark_of(self.text)


def mark_of(text: str) -> str:
    """Return what tells a text from others, however a page breaks its lines."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()


def read_news(file: Path, count: int) -> list[Item]:
    """Return the first texts of a file `id,text,label`."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as stream:
        return [Item(row["id"], row["text"], row["label"]) for row in islice(csv.DictReader(stream), count)]


def put_news(items: list[Item]) -> dict[str, str]:
    """Put a manifest of the texts into the customer's bucket and return the topic of each, by its mark."""
    get_store().make_bucket(BUCKET)
    lines = [json.dumps({"source": item.text, "id": item.id}) for item in items]
    get_store().put(Address(BUCKET, MANIFEST), "".join(f"{line}\n" for line in lines).encode())
    return {item.mark: item.topic for item in items}


def look_at_text(browser: Browser, html: str) -> Seen:
    """Return what a person sees of a task's HTML. Raises Unexpected for a task of another kind."""
    name = re.search(r'<crowd-classifier\s[^>]*\bname="([^"]+)"', html)
    text = re.search(r"<classification-target>(.*?)</classification-target>", html, re.DOTALL)
    if name is None or text is None:
        raise Unexpected(f"The task shows no text to classify: {html[:300]}")
    return Seen(name[1], mark_of(unescape(text[1])))


def news_subject(items: list[Item], target: int) -> Subject:
    topics = {item.mark: item.topic for item in items}
    return Subject(
        title="News",
        description="What news are about, by their first sentences.",
        batch="news",
        task_type="text-classification",
        categories=tuple(sorted(set(topics.values()))),
        attribute=ATTRIBUTE,
        question="What is this about?",
        instructions="Choose the topic that fits best.",
        count=len(items),
        preparing=f"Writing {len(items):,} texts into s3://{BUCKET}/ …",
        input_uri=f"s3://{BUCKET}/{MANIFEST}",
        output_uri=f"s3://{BUCKET}/labels/",
        put=partial(put_news, items),
        look=look_at_text,
        truths=lambda objects: [topics[mark_of(text)] for _, text in objects],
        target=target,
    )


def walk(port: int, items: list[Item], target: int) -> dict[str, Any]:
    """Start the servers, walk the road to the delivery, end them, and return what came of it."""
    house, progress, subject = House(port), Progress(sys.stderr), news_subject(items, target)
    house.settle_in()
    try:
        house.supervisor.take_lock()
        prepare(progress.say)
        cast = accounts.seed(progress.say)
        house.start()
        people = [Person(account, 1 - WRONG, subject.categories) for account in cast.workers[:PEOPLE]]
        batch = Road(house.origin, cast, subject, people, progress, lambda: house.tick() and None).walk()
        return outcome(batch)
    finally:
        house.close()


def outcome(batch: Batch) -> dict[str, Any]:
    """Return counts of the tables, and where the manifest is."""
    job = Job.objects.get(batch=batch)
    place = delivery.open_place(Delivery.objects.get(batch=batch, state="complete"), job.name).file(delivery.MANIFEST)
    runs = LoopRun.objects.filter(job=job).order_by("iteration")
    return {
        "manifest": f"{place.bucket}/{place.key}",
        "target": job.target,
        "counters": [batch.total, batch.human, batch.auto, batch.failed],
        "looked_again": sum(run.report.get("asked_again", 0) for run in runs),
        "human_answers": Annotation.objects.filter(data_object__batch=batch).count(),
        "rounds": [[run.report["human"], run.report["proposed"]] for run in runs if "proposed" in run.report],
    }


def judge(items: list[Item], manifest: str) -> dict[str, Any]:
    """Return how right the delivered labels are, each author's."""
    truth = {item.id: item.topic for item in items}
    lines = [json.loads(line) for line in (Path(settings.GROUNDTRUTH_STORE_ROOT) / manifest).read_text().splitlines()]
    told: dict[str, Any] = {}
    for author, said in (("people", "yes"), ("machine", "no")):
        mine = [line for line in lines if line[f"{ATTRIBUTE}-metadata"]["human-annotated"] == said]
        right = sum(line[f"{ATTRIBUTE}-metadata"]["class-name"] == truth[line["id"]] for line in mine)
        told |= {f"{author}_labels": len(mine), f"{author}_accuracy": round(right / max(len(mine), 1), 4)}
    return told
