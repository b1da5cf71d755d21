"""Tables of the app `labeling`, one file an idea."""

from labeling.models.agreements import JobAgreement
from labeling.models.features import FeatureChunk
from labeling.models.jobs import Job, WorkflowStep
from labeling.models.labels import Annotation, Label, LoopRun, RunKind
from labeling.models.questions import Question
from labeling.models.tasks import Assignment, Task

__all__ = [
    "Annotation",
    "Assignment",
    "FeatureChunk",
    "Job",
    "JobAgreement",
    "Label",
    "LoopRun",
    "Question",
    "RunKind",
    "Task",
    "WorkflowStep",
]
