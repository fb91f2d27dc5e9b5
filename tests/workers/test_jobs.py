"""Jobs are shut by default: each states what it runs as."""

import inspect
import threading

import pytest

from console.people.rules import MAY, Permission
from workers import apart, handing, jobs


def test_every_job_states_a_permission_that_no_person_has():
    found = {
        name: job
        for name, job in inspect.getmembers(jobs, inspect.isfunction)
        if job.__module__ == jobs.__name__ and name != "needs"
    }
    assert found.keys() == {
        "deliver", "draw_cards", "find_posts", "look_at_start_pages", "make_packages", "pin_posts",
        "probe_accounts",
        "remove_posts", "renew_keys", "send_letters", "send_notices", "send_own_addresses",
        "write_exports", "write_monday_mails",
    }  # fmt: skip
    for name, job in found.items():
        assert getattr(job, "permission", None) is Permission.SYSTEM, name
    assert not MAY[Permission.SYSTEM]


def test_a_job_that_hangs_keeps_no_other_from_being_begun_and_is_not_begun_twice():
    begun, ended, free = [], [], threading.Event()
    beginning = threading.Semaphore(0)

    def job(number):
        begun.append(number)
        beginning.release()
        assert free.wait(10)
        ended.append(number)

    apart.start("find_posts", job, 1)
    apart.start("find_posts", job, 2)
    apart.start("deliver", job, 3)
    apart.start("deliver", job, 4)
    apart.start("deliver", job, 4)
    for _job in range(3):
        assert beginning.acquire(timeout=10)
    assert sorted(begun) == [1, 3, 4]
    free.set()
    apart.wait(10)
    assert {3, 4} <= set(ended)


def test_only_what_states_its_permission_is_handed_over():
    for name in ("needs", "run", "asyncio"):
        with pytest.raises(ValueError, match="no job is called"):
            handing.over(name)


def test_a_job_that_could_not_be_begun_is_begun_when_it_is_handed_out_again(monkeypatch):
    """Else the process would never do it again, and say nothing."""

    def none_left(thread):
        raise RuntimeError("can't start new thread")

    done = threading.Event()
    with monkeypatch.context() as now:
        now.setattr(threading.Thread, "start", none_left)
        with pytest.raises(RuntimeError):
            apart.start("find_posts", done.set)
    apart.start("find_posts", done.set)
    assert done.wait(10)
