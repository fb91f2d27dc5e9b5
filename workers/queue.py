"""The queue between ticker and workers. It holds nothing that the database doesn't: RQ is asked
to remember neither results nor failures, never to try again, and never to interrupt a job."""

from __future__ import annotations

from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer

from console import live

NAME = "budkavle"


def queue() -> Queue:
    """The one queue, on this process's connection.

    Raises:
        RuntimeError: `console.live.connect` has not been called.
    """
    connection = live.connection()
    if connection is None:
        raise RuntimeError("console.live.connect() has not been called")
    return Queue(NAME, connection=connection, serializer=JSONSerializer)


def enqueue(job: str, job_id: str, *args: int) -> None:
    """Hand a job over; one that is already there is left alone.

    Args:
        job: name of a function in `workers.jobs`.
        job_id: letters, digits, `_` and `-`.
        args: whole numbers, so that JSON carries them as they are.
    """
    try:
        queue().enqueue_call(
            "workers.handing.over",
            args=[job, *args],
            job_id=job_id,
            unique=True,
            timeout=-1,
            result_ttl=0,
            failure_ttl=60,
        )
    except DuplicateJobError:
        return
