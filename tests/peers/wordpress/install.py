"""Unpacks WordPress, PHP and MariaDB from Debian's packages into a folder, without root.

`python install.py FOLDER`. apt checks each package against the archive's signed list. That list
holds the newest version only, so no version is named here; what is installed on the machine already
is taken from there, but for what we run ourselves. Where there is no apt, it says so and does
nothing more: the tests skip.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAMS = ("php-cli", "php-mysql", "php-xml", "php-mbstring", "php-gd", "mariadb-server-core")
ALONE = ("wordpress", "wordpress-theme-twentytwentythree", "php-getid3")
"""Without what they depend on: a web server, and scripts for the browser."""
OURS = ("php", "mariadb", "mysql")


def said(*command: str) -> list[str]:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def needed() -> list[str]:
    """The programs' packages and what these depend on: ours, and what the machine lacks."""
    install = ("apt-get", "--simulate", "--no-install-recommends", "install", *PROGRAMS)
    nothing = ("-o", "Dir::State::status=/dev/null")
    every = [line.split()[1] for line in said(*install, *nothing) if line.startswith("Inst ")]
    status = said("dpkg-query", "--show", "--showformat", "${db:Status-Abbrev} ${Package}\n")
    installed = {line.split()[1] for line in status if line.startswith("ii")}
    return [name for name in every if name.startswith(OURS) or name not in installed]


def main(folder: Path) -> None:
    if not all(map(shutil.which, ("apt-get", "dpkg-query", "dpkg-deb"))):
        print("WordPress is installed from Debian's packages, and this is no Debian: left out.")
        return
    with tempfile.TemporaryDirectory() as held:
        try:
            command = ["apt-get", "--quiet=2", "download", *needed(), *ALONE]
            subprocess.run(command, cwd=held, check=True, capture_output=True, text=True)
        except subprocess.CalledProcessError as error:
            sys.exit(f"{error.stderr}\nIs the list of packages old? apt-get update renews it.")
        for package in sorted(Path(held).glob("*.deb")):
            subprocess.run(["dpkg-deb", "--extract", package, folder], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
