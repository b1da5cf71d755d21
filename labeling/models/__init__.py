"""Tables of the app `labeling`, one file an idea."""

from labeling.models.jobs import Job, WorkflowStep
from labeling.models.labels import Annotation, Label, LoopRun
from labeling.models.questions import Question
from labeling.models.tasks import Assignment, Task

__all__ = ["Annotation", "Assignment", "Job", "Label", "LoopRun", "Question", "Task", "WorkflowStep"]
