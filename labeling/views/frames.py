"""What the labelling page and its frame are made of: the same for everybody, so that browsers keep it."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from labeling.models import Job
from projects.grants import origins_of

ACTS = ["claim", "submit", "decline", "release", "pause", "resume", "beat", "back", "correct", "ask", "stuck", "read"]
STORES = "labeling.frame.stores"
YEAR = 365 * 24 * 3600
MODULES = sorted(
    f"{folder}/{path.stem}"
    for folder in ("crowd", "geometry")
    for path in (settings.BASE_DIR / "static" / folder).glob("*.js")
)


def framed(request: HttpRequest, response: HttpResponse, project_id: int) -> HttpResponse:
    """Let a page hold the loader's frame and no other address: a frame may navigate itself, and must not get far.

    What the project's own customer keeps elsewhere may be shown, in the page and in the frame.
    """
    frame = [request.build_absolute_uri(reverse("work_frame"))]
    stores = origins_of(project_id)
    response._csp_update = {"frame-src": frame, **({"img-src": stores} if stores else {})}  # type: ignore[attr-defined]
    return response


def frame_url(project_id: int) -> str:
    """Return the address of the loader, whose policy lets in the objects of this project: signed, not made up."""
    stores = origins_of(project_id)
    query = "?" + urlencode({"stores": Signer(salt=STORES).sign_object(stores)}) if stores else ""
    return reverse("work_frame") + query


def _stores_of(request: HttpRequest) -> list[str]:
    try:
        stores: list[str] = Signer(salt=STORES).unsign_object(request.GET.get("stores", ""))
    except BadSignature:
        return []
    return stores


def page_config(request: HttpRequest, job: Job) -> dict[str, Any]:
    """Return what the labelling page's script needs whoever looks at it."""
    urls = {act: reverse(f"work_{act}", args=[job.public_id]) for act in ACTS}
    return {
        "urls": {
            **urls,
            "home": reverse("work_home"),
            "keys": reverse("work_keys"),
            "signin": reverse("account_login"),
        },
        "frame": frame_url(job.batch.project_id),
        "words": words_url(),
        "modules": modules(),
        "csrf": get_token(request),
        "job": {"id": job.public_id, "title": job.title, "seconds": job.seconds},
        "preview": False,
    }


def modules() -> dict[str, str]:
    """Return the elements' modules: the bare name that frames import, and the address of its text."""
    return {name: static(f"{name}.js") for name in MODULES}


def frame_policy(store: str) -> str:
    """Return what a task's frame may do: run its own scripts, and read objects from `store`, one origin or several."""
    return (
        "sandbox allow-scripts allow-forms; default-src 'none'; script-src 'unsafe-inline' blob:; "
        f"style-src 'unsafe-inline'; img-src {store} blob: data:; media-src {store} blob: data:; "
        f"connect-src {store} blob: data:; form-action 'none'; base-uri 'none'"
    )


@require_GET
@xframe_options_exempt
@cache_control(public=True, max_age=3600)
def work_frame(request: HttpRequest) -> HttpResponse:
    """The loader of the sandboxed frame: no session, no cookie, a policy of its own."""
    response = render(request, "labeling/frame.html")
    stores = _stores_of(request)
    response["Content-Security-Policy"] = frame_policy(" ".join([*_own_stores(), *stores]))
    response["Connection-Allowlist"] = _connections(stores)
    response._csp_exempt = True  # type: ignore[attr-defined]  # django-csp leaves our header alone
    return response


def _own_stores() -> list[str]:
    """Return where the installation's objects are, for a policy, and where that sends on to.

    Of our own server it is the store alone, so that no view of ours is reached.
    """
    own = settings.GROUNDTRUTH_URL.rstrip("/")
    return [f"{own}/store/", *({settings.STORE_ORIGIN} - {own})]


def _connections(stores: list[str]) -> str:
    """Return what no policy of content covers where a browser knows this: hints to connect, names looked up, calls."""
    own = settings.GROUNDTRUTH_URL.rstrip("/")
    elsewhere = [origin for origin in [settings.STORE_ORIGIN, *stores] if origin != own]
    listed = " ".join(f'"{origin}"' for origin in (own, *elsewhere))
    # Redirects are forbidden unless this is said, and then go anywhere: where to, the policy of content sees to.
    return f"(response-origin {listed})" + (";redirects=allow" if elsewhere else "")


# --- the page's sentences -------------------------------------------------------------------------------


def words_url() -> str:
    """Return where the sentences of the page's scripts are in this language: another address when they change."""
    return f"{reverse('work_words')}?v={_words(get_language() or '')[1]}"


@require_GET
@gzip_page
@cache_control(public=True, max_age=YEAR, immutable=True)
def work_words(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_words(get_language() or "")[0])


@lru_cache(maxsize=50)
def _words(language: str) -> tuple[str, str]:
    """Return the sentences in the current language, which is this, and their version."""
    text = render_to_string("labeling/_work_words.html")
    return text, sha256(text.encode()).hexdigest()[:12]
