"""The upload's side of static/js/upload.js: JSON, as no page is drawn from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from batches import uploads
from batches.models import Upload
from batches.services import own_folder
from groundtruth.http import json_error
from groundtruth.states import Conflict, Invalid, Refused
from groundtruth.storage import StoreError, Unreachable
from projects.access import MAY_MANAGE, PortalRequest, require_role

LISTED = 10_000


def _answers_json(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Say what a service refused in the shape that scripts read."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **parts: Any) -> HttpResponse:
        try:
            return view(request, *args, **parts)
        except Invalid as invalid:
            return json_error(422, "invalid", str(invalid), invalid.problems)
        except Conflict as conflict:
            return json_error(409, "conflict", str(conflict))
        except Refused as refused:
            return json_error(404 if "upload" in parts else 403, "refused", str(refused))
        except Unreachable as gone:
            return json_error(503, "store", str(gone))
        except StoreError as error:
            return json_error(422, "store", str(error))

    return answered


@require_http_methods(["GET", "POST"])
@require_role(*MAY_MANAGE)
@_answers_json
def upload_list(request: PortalRequest) -> HttpResponse:
    """GET ?folder=: what was sent there. POST {"folder", "name", "size", "fingerprint"}: begin, or go on."""
    if request.method == "POST":
        asked = _asked(request)
        upload = uploads.begin(
            request.project,
            asked["folder"],
            name=asked["name"],
            size=asked["size"],
            fingerprint=asked["fingerprint"],
            by=request.user,
        )
        return JsonResponse(
            _shown(upload) | {"part_size": uploads.PART_BYTES, "folder_uri": own_folder(request.project, upload.folder)}
        )
    rows = Upload.objects.filter(project=request.project, folder=request.GET.get("folder", ""))
    return JsonResponse({"uploads": [_shown(row) for row in rows.order_by("pk")[:LISTED]]})


@require_http_methods(["GET", "PUT"])
@require_role(*MAY_MANAGE)
@_answers_json
def upload_part(request: PortalRequest, upload: str) -> HttpResponse:
    """GET: how far the upload is. PUT ?offset=: one part, as bytes."""
    row = uploads.of_project(request.project, upload)
    if request.method == "GET":
        return JsonResponse(_shown(row))
    offset = request.GET.get("offset", "")
    if not offset.isascii() or not offset.isdigit():
        raise Invalid("Say from which byte the part is: ?offset=0.")
    data = request.read(uploads.PART_BYTES + 1)  # not `body`, whose limit is one for forms
    return JsonResponse({"received": uploads.put_part(row, int(offset[:15]), data)})


@require_POST
@require_role(*MAY_MANAGE)
@_answers_json
def upload_finish(request: PortalRequest, upload: str) -> HttpResponse:
    return JsonResponse(_shown(uploads.finish(uploads.of_project(request.project, upload), request.user)))


def _asked(request: HttpRequest) -> dict[str, Any]:
    try:
        asked = json.loads(request.body)
    except ValueError:
        raise Invalid("The request is not JSON.") from None
    kinds = {"folder": str, "name": str, "size": int, "fingerprint": str}
    if not isinstance(asked, dict) or any(type(asked.get(key)) is not kind for key, kind in kinds.items()):
        raise Invalid("Give folder, name and fingerprint as text, and size as a number of bytes.")
    return asked


def _shown(upload: Upload) -> dict[str, Any]:
    return {
        "id": upload.public_id,
        "name": upload.name,
        "size": upload.size,
        "received": upload.received,
        "finished": upload.finished_at is not None,
        "uri": upload.uri,
    }


_UPLOADS = "orgs/<slug:org>/projects/<slug:project>/uploads/"
upload_urlpatterns = [
    path(_UPLOADS, upload_list, name="uploads"),
    path(_UPLOADS + "<str:upload>/", upload_part, name="upload"),
    path(_UPLOADS + "<str:upload>/finish/", upload_finish, name="upload_finish"),
]
