from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ProjectsConfig(AppConfig):
    name = "projects"

    def ready(self) -> None:
        from projects import audit  # registers its receiver once the models are loaded

        audit.listen()
        autodiscover_modules("task_types")
