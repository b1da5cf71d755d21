"""Chores of the app `batches`; a delivery's stands in `labeling`, which knows the labels."""

from batches import ingest, metrics, services
from batches.models import Manifest, Review
from groundtruth.work import advances


@advances(Manifest, gave_up=ingest.give_up)
def transfer(manifest: Manifest) -> bool:
    return ingest.advance(manifest)


@advances(Review)
def store_review(review: Review) -> None:
    services.store_review(review)


def recount() -> int:
    """Mend the counters of the batches. Each night."""
    return metrics.recount()
