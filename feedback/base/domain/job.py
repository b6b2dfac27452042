"""What becomes of work that is done beside the web."""

from enum import StrEnum


class JobStatus(StrEnum):
    """Where a job stands: asked for, under way, done, or given up after the last attempt."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


UNDER_WAY = (JobStatus.QUEUED, JobStatus.RUNNING)
