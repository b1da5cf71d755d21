from django.urls import path

from batches.upload_views import upload_urlpatterns
from batches.views import batches, decisions, deliveries, metrics, new_batch, projects

PROJECT = "orgs/<slug:org>/projects/<slug:project>/"
BATCH = f"{PROJECT}batches/<slug:batch>/"

urlpatterns = [
    path("projects/", projects.project_list, name="projects"),
    path("projects/columns/", projects.choose_columns, name="choose_columns"),
    path("metrics/", metrics.metrics_page, name="metrics"),
    path("metrics/csv/", metrics.metrics_csv, name="metrics_csv"),
    path(PROJECT, projects.project_overview, name="project"),
    path(f"{PROJECT}ask/", projects.ask_project, name="ask_project"),
    path(f"{PROJECT}batches/", batches.batch_list, name="batches"),
    path(f"{PROJECT}batches/new/", new_batch.new_batch, name="new_batch"),
    path(BATCH, batches.batch_overview, name="batch"),
    path(f"{BATCH}decide/", decisions.decide_batch, name="decide_batch"),
    path(f"{BATCH}ask/", decisions.ask_batch, name="ask_batch"),
    path(f"{BATCH}close/", decisions.close_batch, name="close_batch"),
    path(f"{BATCH}failed/", batches.failed_list, name="failed_objects"),
    path(f"{BATCH}failed.csv", batches.failed_csv, name="failed_csv"),
    path(f"{BATCH}bad-lines.csv", batches.bad_lines_csv, name="bad_lines_csv"),
    path(f"{BATCH}delivery/<int:round>.zip", deliveries.delivery_zip, name="delivery_zip"),
    path(f"{BATCH}delivery/<int:round>/<slug:code>/", deliveries.delivery_file, name="delivery_file"),
    *upload_urlpatterns,
]
