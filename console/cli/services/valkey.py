"""The embedded Valkey: loopback only, a password, an append-only file."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import redis

from console.cli.services import owner
from console.cli.services.binaries import valkey_server
from console.cli.services.errors import CannotStart
from console.cli.services.keys import secret, write_private
from console.cli.services.process import end, running_in, send, spawn, wait_until

TRIES = 5
"""Ports to try: between our choosing a free one and Valkey's taking it, another may take it."""


class Valkey:
    """One server for one home; its data lies in home/valkey."""

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self.data = home / "valkey"
        self.keys = home / "keys"
        self.log = home / "logs" / "valkey.log"
        self.port_file = home / "run" / "valkey-port"
        self.durable = durable
        self.process: subprocess.Popen[bytes] | None = None
        self._user = owner.service_user()
        self._port = 0

    @property
    def url(self) -> str:
        return f"redis://:{secret(self.keys, 'valkey')}@127.0.0.1:{self._port}/0"

    def prepare(self) -> None:
        """End a leftover server and make the folder."""
        self.end_leftovers()
        owner.private_folder(self.data, self._user)
        owner.open_the_way(self.data, self._user)

    def end_leftovers(self) -> None:
        """End a server that a killed run left behind in this folder."""
        for sign, seconds in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 2.0)):
            for pid in running_in(self.data, "valkey-server"):
                send(pid, sign)
            if wait_until(lambda: not list(running_in(self.data, "valkey-server")), seconds):
                return
        raise CannotStart(f"A Valkey of an earlier run still holds {self.data} and does not end.")

    def launch(self) -> None:
        """Start the server, without waiting for it, at the remembered port if that is free.

        Once it has run, it is only ever started at the same port: others hold its address.
        """
        self._port = self._port or self._choose_port()
        program = valkey_server()
        owner.open_the_way(program, self._user)
        owner.check_readable(program, self._user)
        # The settings go in through a pipe: the password stands on no command line and in no
        # file that the service's user could be tricked into showing.
        reading, writing = os.pipe()
        os.write(writing, self._settings().encode())
        os.close(writing)
        try:
            with self.log.open("ab") as output:
                self.process = spawn(
                    [program, "-"],
                    death_signal=signal.SIGTERM,
                    cwd=self.data,
                    env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                    user=self._user,
                    stdin=reading,
                    output=output,
                )
        finally:
            os.close(reading)

    def wait_ready(self, seconds: float = 60) -> None:
        """Wait until it answers and has read its file.

        Raises:
            CannotStart: it ended, or does not answer in time.
        """
        deadline = time.monotonic() + seconds
        tries = 1
        while not self._answers():
            if self.process is None or self.process.poll() is not None:
                if tries == TRIES:
                    raise CannotStart(f"Valkey ended at once; {self.log} says why.")
                tries += 1
                self._port = 0
                self.launch()
            if time.monotonic() > deadline:
                raise CannotStart(f"Valkey does not answer; see {self.log}.")
            time.sleep(0.02)
        write_private(self.port_file, str(self._port))

    def stop(self, seconds: float = 3) -> None:
        if self.process is not None:
            end(self.process, signal.SIGTERM, seconds)

    def _settings(self) -> str:
        lines = {
            "bind": "127.0.0.1",
            "port": self._port,
            "requirepass": secret(self.keys, "valkey"),
            "protected-mode": "yes",
            "daemonize": "no",
            "dir": f'"{self.data}"',
            "appendonly": "yes" if self.durable else "no",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "loglevel": "notice",
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())

    def _choose_port(self) -> int:
        try:
            remembered = int(self.port_file.read_text())
        except (FileNotFoundError, ValueError):
            remembered = 0
        for port in (remembered, 0):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    continue
                return int(probe.getsockname()[1])
        raise CannotStart("There is no free port for Valkey.")

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:  # also another's server: ours then ends for want of the port
            return False
