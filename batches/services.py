"""What happens to a batch, from its request to the decision about it. Reading in and writing out stand apart."""

from __future__ import annotations

import random
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from batches.models import Batch, BatchDecision, DataObject, Delivery, Manifest, ObjectFeedback, Review, Verdict
from batches.states import IN_FLIGHT, LABELLING, OPEN_TO_CLOSE
from groundtruth import clock
from groundtruth.ids import free_slug
from groundtruth.states import Conflict, Invalid, Refused, move
from groundtruth.storage import Address, BadAddress, parse_uri
from groundtruth.work import ring, ring_again
from projects.audit import record
from projects.models import DataGrant, Direction, Project, Stage
from projects.notices import notify_project, notify_reviewers
from projects.states import LABELLING as PROJECT_LABELLING
from projects.states import TAKES_BATCHES

__all__ = ["LABELLING"]
TAKES_FEEDBACK = (*LABELLING, "ready_for_review", "paused")
SAMPLE_DRAWN = (
    "ready_for_review",
    "review_submission_in_progress",
    "review_complete",
    "accepted",
    "rejected",
    "ready_for_delivery",
    "data_delivered",
)


def create_batch(project: Project, by: Any, *, name: str, description: str, input_uri: str, output_uri: str) -> Batch:
    """Take a batch request; its transfer begins by a chore, when fewer than five of the customer's are under way.

    Raises Refused while the project takes no batches, Invalid for a name in use or a place that is not granted.
    """
    refuse_unless_open(project)
    problems = [*_name_problems(project, name), *place_problems(project, Direction.IN, input_uri)]
    problems += place_problems(project, Direction.OUT, output_uri)
    if problems:
        raise Invalid(problems)
    with transaction.atomic():
        batch = Batch.objects.create(
            project=project,
            slug=free_slug(name, Batch.objects.filter(project=project), never=("new",)),
            name=name,
            description=description,
            stage=Stage.PRODUCTION if project.stage == Stage.PRODUCTION else Stage.PILOT,
            input_uri=input_uri,
            output_uri=output_uri if output_uri.endswith("/") else output_uri + "/",
            created_by=by,
        )
        record("request batch", by, batch, input=input_uri, output=output_uri)
        ring(Manifest.objects.create(batch=batch, uri=input_uri))
    return batch


def refuse_unless_open(project: Project) -> None:
    """Raise Refused, with the reason in words, unless the project takes batches now."""
    if project.closed_at:
        raise Refused("This request was closed. Request a new project.")
    if project.state not in TAKES_BATCHES:
        raise Refused(f"A project that is “{project.get_state_display()}” takes no batches.")


def _name_problems(project: Project, name: str) -> list[str]:
    if not name.strip():
        return ["Give the batch a name."]
    if Batch.objects.filter(project=project, name__iexact=name).exists():
        return [f"A batch named “{name}” is in this project already. Choose another name."]
    return []


def place_problems(project: Project, direction: str, uri: str) -> list[str]:
    """Return why this place may not be read or written for the project; empty when a grant covers it."""
    try:
        address = parse_uri(uri)
    except BadAddress as problem:
        return [str(problem)]
    if find_grant(project, direction, address) is None:
        what = "read" if direction == Direction.IN else "write"
        return [
            f"We have no leave to {what} {uri}. Choose a place that your project's data access names, or ask for it."
        ]
    return []


def find_grant(project: Project, direction: str, address: Address) -> DataGrant | None:
    """Return a grant of the project that covers an address and is not revoked."""
    grants = DataGrant.objects.filter(project=project, direction=direction, bucket=address.bucket, revoked_at=None)
    return next((grant for grant in grants if grant.covers(address.bucket, address.key)), None)


# --- labelling --------------------------------------------------------------------------------------


def start(batch: Batch, by: Any) -> None:
    """Let people begin: the jobs of the project's design are made in this transaction. Raises Refused or Conflict."""
    if batch.project.state not in PROJECT_LABELLING:
        raise Refused(f"The project is “{batch.project.get_state_display()}”. Start the pilot or production first.")
    schema = batch.project.schemas.order_by("-version").first()
    if schema is None:
        raise Refused("Set up the categories and instructions of the project first.")
    with transaction.atomic():
        batch.schema = schema
        move(batch, "start", by, schema=schema, state_since=clock.now())


def finish(batch: Batch) -> None:
    """Send a batch whose last job ended to review: draw the sample, tell the customer.

    Inside the caller's transaction.
    """
    size = draw_sample(batch)
    said = objects_with_feedback(batch, batch.round)
    move(batch, "finish", None, state_since=clock.now(), to_review=size, with_feedback=said)
    notify_reviewers(
        f"ready-{batch.pk}-{batch.round}", batch.project, "batch_ready", batch=batch.name, batch_slug=batch.slug
    )


def draw_sample(batch: Batch) -> int:
    """Mark a random sample of the labelled objects for review and return its size; repeated, it draws the same.

    After a rework the sample is what was labelled anew: what was called wrong, and what had failed before.
    """
    labelled = DataObject.objects.filter(batch=batch).exclude(done_by="")
    if batch.round > 1:
        DataObject.objects.filter(batch=batch, sample_round=batch.round, done_by="").update(sample_round=None)
        labelled = labelled.filter(wrong_before(batch) | Q(sample_round=batch.round))
        chosen = list(labelled.values_list("pk", flat=True))
    else:
        ids = list(labelled.order_by("ordinal").values_list("pk", flat=True))
        wanted = -(-len(ids) * batch.project.sample_percent // 100)
        chosen = random.Random(f"{batch.public_id}/{batch.round}").sample(ids, wanted)
    return DataObject.objects.filter(pk__in=chosen).update(sample_round=batch.round)


def wrong_before(batch: Batch) -> Exists:
    """Return the condition that somebody called the object wrong in the round before this one."""
    said = ObjectFeedback.objects.filter(data_object=OuterRef("pk"), round=batch.round - 1, verdict=Verdict.WRONG)
    return Exists(said)


# --- review and decision ------------------------------------------------------------------------------


def give_feedback(batch: Batch, data_object: DataObject, by: Any, *, verdict: str, comment: str) -> ObjectFeedback:
    """Keep what a member says of an object, as typed; a later word of theirs in the same round replaces it.

    While the batch runs it is a comment that operations see at once. Raises Refused when the round is over.
    """
    if batch.state not in TAKES_FEEDBACK:
        raise Refused("The feedback of this round was sent. It can no longer be changed.")
    if verdict not in Verdict.values:
        raise Invalid("Say “right”, “wrong” or nothing.")
    if len(comment) > 4000:
        raise Invalid("A comment has at most 4,000 characters.")
    key = {"data_object": data_object, "round": batch.round, "author": by}
    with transaction.atomic():
        if verdict or comment.strip():
            row, _ = ObjectFeedback.objects.update_or_create(**key, defaults={"verdict": verdict, "comment": comment})
        else:
            ObjectFeedback.objects.filter(**key).delete()
            row = ObjectFeedback(**key)
        # Kept up here, where a word is rare, and not counted by every page that shows it.
        Batch.objects.filter(pk=batch.pk).update(with_feedback=objects_with_feedback(batch, batch.round))
    return row


def objects_with_feedback(batch: Batch, round_: int) -> int:
    """Return of how many objects somebody said something in a round."""
    said = ObjectFeedback.objects.filter(data_object__batch=batch, round=round_)
    return said.values("data_object").distinct().count()


def send_review(batch: Batch, by: Any) -> None:
    """Send all feedback of this round at once; a chore stores it. Raises Conflict when somebody has."""
    with transaction.atomic():
        move(batch, "send_review", by, state_since=clock.now())
        review, _ = Review.objects.get_or_create(batch=batch, round=batch.round, defaults={"sent_by": by})
        ring(review)


def store_review(review: Review) -> None:
    """Count the objects with feedback and let the customer decide. Repeated, it does nothing more."""
    batch = review.batch
    if batch.state != "review_submission_in_progress":
        return
    count = objects_with_feedback(batch, review.round)
    with transaction.atomic():
        move(batch, "store_review", None, with_feedback=count, to_review=0, state_since=clock.now())


def decide(batch: Batch, by: Any, *, accept: bool, reason: str = "") -> None:
    """Accept or reject this round, once and for good. Accepting begins the delivery.

    Raises Conflict when it was decided already.
    """
    event = "accept" if accept else "reject"
    with transaction.atomic():
        move(batch, event, by, state_since=clock.now(), to_review=0)
        decision = {"verdict": event, "reason": reason[:4000], "decided_by": by}
        _, first = BatchDecision.objects.get_or_create(batch=batch, round=batch.round, defaults=decision)
        if not first:
            raise Conflict("This round was decided already.")
        if accept:
            grant = find_grant(batch.project, Direction.OUT, parse_uri(batch.output_uri))
            made = Delivery.objects.create(batch=batch, round=batch.round, grant=grant, prefix=batch.output_uri)
            ring(made)


# --- pause, close ---------------------------------------------------------------------------------------


def pause(batch: Batch, by: Any) -> None:
    """Pause a batch in flight: nothing is released, claimed or settled until it is resumed."""
    with transaction.atomic():
        batch.refresh_from_db(fields=["state"], from_queryset=Batch.objects.select_for_update())
        settled = {"ask": "", "ask_reason": "", "ask_at": None}
        move(batch, "pause", by, state_before_pause=batch.state, state_since=clock.now(), **settled)
        notify_project(
            f"pause-{batch.pk}-{clock.now():%s}", batch.project, "batch_paused", batch=batch.name, batch_slug=batch.slug
        )


def resume(batch: Batch, by: Any) -> None:
    """Let a paused batch go on from the state it was in."""
    with transaction.atomic():
        settled = {"ask": "", "ask_reason": "", "ask_at": None}
        move(batch, "resume", by, state_before_pause="", state_since=clock.now(), **settled)
        for manifest in Manifest.objects.filter(batch=batch, done_at=None):
            ring(manifest)
        notify_project(
            f"resume-{batch.pk}-{clock.now():%s}",
            batch.project,
            "batch_resumed",
            batch=batch.name,
            batch_slug=batch.slug,
        )


def ask(batch: Batch, by: Any, *, wish: str, reason: str) -> None:
    """Note the customer's wish to pause or resume, with the reason; operations settle it."""
    allowed = {"pause": batch.state in IN_FLIGHT, "resume": batch.state == "paused"}
    if batch.closed_at or not allowed.get(wish):
        raise Refused(f"A batch that is “{batch.get_state_display()}” cannot be asked to {wish}.")
    if not reason.strip():
        raise Invalid("Say why: operations read it.")
    with transaction.atomic():
        Batch.objects.filter(pk=batch.pk).update(ask=wish, ask_reason=reason[:500], ask_at=clock.now())
        record(f"ask to {wish}", by, batch, reason=reason[:500])


def close(batch: Batch, by: Any, reason: str) -> None:
    """Close a batch that was not accepted yet, for good; what people did so far stays recorded."""
    if batch.closed_at or batch.state not in OPEN_TO_CLOSE:
        raise Refused("Only a batch that was not accepted yet can be closed.")
    if not reason.strip():
        raise Invalid("Say why the batch is closed.")
    with transaction.atomic():
        open_still = Batch.objects.filter(pk=batch.pk, closed_at=None, state__in=OPEN_TO_CLOSE)
        if not open_still.update(
            closed_at=clock.now(), closed_reason=reason.strip()[:300], ask="", ask_reason="", ask_at=None
        ):
            raise Conflict("This batch changed meanwhile. Load the page again.")
        record("close", by, batch, reason=reason.strip()[:300])
        Manifest.objects.filter(batch=batch, done_at=None).update(done_at=clock.now())


def retry_delivery(delivery: Delivery, by: Any) -> None:
    """Try a failed delivery again, after its place was mended."""
    with transaction.atomic():
        move(delivery, "retry", by)
        ring_again(delivery)


def own_folder(project: Project, folder: str) -> str:
    """Return the s3 uri of a folder in the project's own prefix, where uploads of a batch lie."""
    return f"s3://{settings.GROUNDTRUTH_BUCKET}/{project.prefix}in/{folder}/"
