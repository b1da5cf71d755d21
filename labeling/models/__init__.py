"""Tables of the app `labeling`, one file an idea."""

from labeling.models.agreements import JobAgreement
from labeling.models.features import FeatureChunk
from labeling.models.findings import Finding, Sent
from labeling.models.gold import GoldAnswer, GoldSource
from labeling.models.jobs import Job, StepKind, WorkflowStep
from labeling.models.labels import Annotation, Label, LoopRun, RunKind
from labeling.models.pauses import WorkerPause
from labeling.models.questions import Question
from labeling.models.tasks import Assignment, Task

__all__ = [
    "Annotation",
    "Assignment",
    "FeatureChunk",
    "Finding",
    "GoldAnswer",
    "GoldSource",
    "Job",
    "JobAgreement",
    "Label",
    "LoopRun",
    "Question",
    "RunKind",
    "Sent",
    "StepKind",
    "Task",
    "WorkerPause",
    "WorkflowStep",
]
