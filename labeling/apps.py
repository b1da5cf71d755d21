from django.apps import AppConfig


class LabelingConfig(AppConfig):
    name = "labeling"

    def ready(self) -> None:
        from labeling import receivers  # registers its receivers once the models are loaded

        receivers.listen()
