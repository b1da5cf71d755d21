from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.module_loading import autodiscover_modules


class GroundtruthConfig(AppConfig):
    name = "groundtruth"
    default = True

    def ready(self) -> None:
        autodiscover_modules("chores")


class DeskConfig(admin_apps.AdminConfig):
    """Django's admin, whose first page is operations' day."""

    default = False
    default_site = "labeling.desk.Desk"
