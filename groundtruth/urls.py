"""Where every page lives. Apps are named by dotted string only."""

from django.contrib import admin
from django.urls import include, path

from groundtruth.patterns import patterns
from groundtruth.store_view import store_object

urlpatterns = [
    path("", include("projects.urls")),
    path("", include("batches.urls")),
    path("", include("labeling.urls")),
    path("", include("workforce.urls")),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("patterns/", patterns, name="patterns"),
    path("store/<str:bucket>/<path:key>", store_object, name="store"),
]
