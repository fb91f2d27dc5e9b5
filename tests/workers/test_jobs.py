"""Jobs are shut by default: each states what it runs as."""

import inspect

from console.people.rules import MAY, Permission
from workers import jobs


def test_every_job_states_a_permission_that_no_person_has():
    found = {
        name: job
        for name, job in inspect.getmembers(jobs, inspect.isfunction)
        if job.__module__ == jobs.__name__ and name != "needs"
    }
    assert found.keys() == {"deliver", "send_notices"}
    for name, job in found.items():
        assert getattr(job, "permission", None) is Permission.SYSTEM, name
    assert not MAY[Permission.SYSTEM]
