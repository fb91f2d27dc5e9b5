"""What the queue hands to a worker's process: a job by its name."""

from __future__ import annotations

from workers import apart, jobs


def over(name: str, *args: int) -> None:
    """Begin the job `name` of `workers.jobs` and return at once.

    Raises:
        ValueError: no such job, or none that states what it runs as.
    """
    job = getattr(jobs, name, None)
    if job is None or getattr(job, "permission", None) is None:
        raise ValueError(f"no job is called {name}")
    apart.start(name, job, *args)
