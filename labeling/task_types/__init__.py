"""One file a task type, each with one TASK_TYPE value. The files are found here: nobody edits a list."""

from importlib import import_module
from pkgutil import iter_modules

from projects.task_types import register

for _module in iter_modules(__path__):
    if not _module.name.startswith("_"):
        register(import_module(f"{__name__}.{_module.name}").TASK_TYPE)
