"""State machines of jobs, tasks, assignments and labels."""

from groundtruth.states import Machine

JOB: Machine = {
    "run": (("Initializing",), "InProgress"),
    "complete": (("InProgress",), "Completed"),
    "fail": (("Initializing", "InProgress", "Stopping"), "Failed"),
    "go_on": (("Failed",), "InProgress"),  # with people alone
    "stop": (("Initializing", "InProgress"), "Stopping"),
    "stopped": (("Stopping",), "Stopped"),
}
JOB_RUNNING = ("Initializing", "InProgress")

GOLD = "gold"  # a task whose answer is known: made so, it stays so, and what counts tasks by their states has none
TASK: Machine = {
    "ask": (("pooled",), "waiting"),  # the automated loop wants people's answer
    "release": (("waiting",), "open"),
    "refuse": (("waiting",), "failed"),  # its pre-annotation function failed, or said that people are not needed
    "machine_label": (("pooled",), "auto_labeled"),
    "fill": (("open",), "answered"),
    "void": (("answered",), "failed"),  # its post-annotation function made no label of the answers
    "lapse_answered": (("open",), "answered"),
    "lapse_failed": (("open",), "failed"),
    "decline": (("open",), "expired"),
    "consolidate": (("answered", "auto_labeled"), "done"),
    "ask_again": (("answered", "done"), "waiting"),  # people differ, or a model says something else than they
    "reconsider": (("done",), "answered"),  # an answer was corrected while its job runs
    "leave": (("pooled",), "cancelled"),  # neither people nor the machine label it: the budget is spent
    "cancel": (("pooled", "waiting", "open"), "cancelled"),
}

ASSIGNMENT: Machine = {
    "submit": (("held", "stopped"), "submitted"),  # stopped: answered before the pause, and sent after it
    "submit_late": (("expired",), "submitted"),  # nobody took the slot meanwhile: nothing is lost
    "decline": (("held", "stopped"), "declined"),
    "return": (("held", "stopped"), "returned"),
    "expire": (("held", "stopped"), "expired"),
    "retake": (("returned", "expired"), "held"),
    "stop": (("held",), "stopped"),
    "resume": (("stopped",), "held"),
    "approve": (("submitted",), "approved"),
    "reject": (("submitted",), "rejected"),
}
IN_HAND = ("held", "stopped")
EXAMPLE = "example"  # a turn at a task whose answer the worker was shown in a course: made so, it stays so
COUNTED = ("submitted", "approved")  # whose answers make the label
WITH_ALL = ", all answers"  # after the method of a label that those who labelled before helped to make
BY_FUNCTION = "function"  # the method of labels that a job's own post-annotation function made

LABEL: Machine = {
    "flag": (("proposed", "confirmed"), "flagged"),
    "confirm": (("proposed", "flagged"), "confirmed"),
    "supersede": (("proposed", "flagged", "confirmed"), "superseded"),
}
