"""A WordPress site (PHP's own web server, MariaDB) with users of its own, for as long as the tests
run. Installed by `install.py`; everything it writes is in the folder it is given."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import subprocess
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self
from urllib.parse import urlencode

from tests.channels.servers import free_port
from tests.peers.installed import unpacked
from tests.peers.keeper import Kept, answers

ADMIN = "kommunens-admin"
API = "/wp-json/wp/v2"
WORKERS = 4
EXTENSIONS = ("mysqlnd", "mysqli", "dom", "xml", "simplexml", "mbstring", "ctype", "tokenizer",
              "fileinfo", "iconv", "exif", "gd")  # fmt: skip
# Application passwords go over plain HTTP in a local environment only; nothing is fetched, and no
# request is made by the site to itself.
CONFIG = """<?php
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{socket}');
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('WP_HOME', '{url}');
define('WP_SITEURL', '{url}');
define('WP_ENVIRONMENT_TYPE', 'local');
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG', false);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
# Prints an application password of the administrator's.
SETUP = """<?php
define('WP_INSTALLING', true);
$made = new mysqli(null, 'root', '', '', 0, '{socket}');
$made->query('CREATE DATABASE wordpress CHARACTER SET utf8mb4');
function wp_mail() { return true; }
require __DIR__ . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
$site = wp_install('Torsby kommun', '{admin}', 'admin@torsby.example', true, '', '{password}');
$GLOBALS['wp_rewrite']->set_permalink_structure('/%postname%/');
$GLOBALS['wp_rewrite']->flush_rules(false);
$made = WP_Application_Passwords::create_new_application_password(
    $site['user_id'], ['name' => 'budkavle']
);
echo "\\n", $made[0];
"""
ROUTER = """<?php
$asked = __DIR__ . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (is_file($asked)) return false;
require __DIR__ . '/index.php';
"""


class Site:
    """Use as `with Site(folder) as site:`; then `site.url` and `site.user(name, role)`."""

    def __init__(self, data: Path) -> None:
        self.data, self.www = data, data / "www"
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        php, mysqli, mariadbd, messages, wordpress = unpacked(
            "wordpress",
            PHP="usr/bin/php[0-9].[0-9]",
            php_mysql="usr/lib/php/*/mysqli.so",
            MariaDB="usr/sbin/mariadbd",
            MariaDB_messages="usr/share/mysql",
            WordPress="usr/share/wordpress",
        )
        root = mariadbd.parent.parent.parent
        libraries = {"LD_LIBRARY_PATH": ":".join(map(str, root.glob("usr/lib/*-linux-gnu")))}
        with ExitStack() as stack:
            # A socket's path is at most 107 bytes long.
            near = Path(stack.enter_context(TemporaryDirectory(prefix="wp-", dir="/tmp")))
            socket = near / "db"
            (self.data / "db").mkdir()
            database = [
                mariadbd, "--no-defaults", f"--basedir={root / 'usr'}",
                f"--lc-messages-dir={messages}", f"--datadir={self.data / 'db'}",
                f"--socket={socket}", "--skip-networking", "--skip-grant-tables",
                "--innodb-buffer-pool-size=32M", "--innodb-flush-log-at-trx-commit=0",
                *(["--user=root"] if os.geteuid() == 0 else []),
            ]  # fmt: skip
            stack.enter_context(Kept(database, self.data, socket.exists, libraries, "db.log"))
            self._copy(wordpress, str(socket))
            env = self._php(mysqli.parent) | libraries
            made = subprocess.run(
                [php, self.www / "setup.php"], cwd=self.www, env=env, check=True,
                capture_output=True, text=True,
            ).stdout  # fmt: skip
            (self.www / "setup.php").unlink()
            self.admin = User(self, 1, ADMIN, made.rpartition("\n")[2])
            served = [php, "-S", f"127.0.0.1:{self.port}", "-t", self.www, self.www / "router.php"]
            env["PHP_CLI_SERVER_WORKERS"] = str(WORKERS)
            stack.enter_context(
                Kept(served, self.data, lambda: answers(f"{self.url}/wp-json/"), env, "php.log")
            )
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def user(self, name: str, role: str = "author") -> User:
        login = {"username": name, "email": f"{name}@torsby.example", "roles": [role],
                 "password": secrets.token_hex(8)}  # fmt: skip
        number = self.admin.call("POST", "/users", login)["id"]
        path = f"/users/{number}/application-passwords"
        made = self.admin.call("POST", path, {"name": "budkavle"})
        return User(self, number, name, made["password"])

    def _copy(self, wordpress: Path, socket: str) -> None:
        """Debian's files, with a configuration of our own in the place of theirs."""
        shutil.copytree(wordpress, self.www, ignore_dangling_symlinks=True)
        config = CONFIG.replace("{socket}", socket).replace("{url}", self.url)
        (self.www / "wp-config.php").write_text(config)
        setup = SETUP.replace("{socket}", socket).replace("{admin}", ADMIN)
        (self.www / "setup.php").write_text(setup.replace("{password}", secrets.token_hex(8)))
        (self.www / "router.php").write_text(ROUTER)

    def _php(self, extensions: Path) -> dict[str, str]:
        """Environment in which PHP reads our settings, and none of the machine's."""
        loaded = (one for one in EXTENSIONS if (extensions / f"{one}.so").is_file())
        lines = [f"extension_dir={extensions}", *(f"extension={one}" for one in loaded),
                 "zend_extension=opcache", "opcache.enable_cli=1"]  # fmt: skip
        (self.data / "php.ini").write_text("\n".join(lines) + "\n")
        return {"PHPRC": str(self.data), "PHP_INI_SCAN_DIR": "", "TMPDIR": str(self.data)}


class User:
    """One of the site's users, with an application password."""

    def __init__(self, site: Site, number: int, name: str, password: str) -> None:
        self.site, self.number, self.name, self.password = site, number, name, password

    def call(self, method: str, path: str, value: Any = None) -> Any:
        """The answer to one request of the REST API.

        Raises:
            urllib.error.HTTPError: the site says no. OSError: there is none.
        """
        login = base64.b64encode(f"{self.name}:{self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
        body = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(self.site.url + API + path, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())

    def posts(self, status: str = "publish") -> list[dict[str, Any]]:
        """Its posts of a status, the oldest first."""
        query = {"author": self.number, "status": status, "order": "asc", "orderby": "id",
                 "per_page": 100, "context": "edit"}  # fmt: skip
        found: list[dict[str, Any]] = self.site.admin.call("GET", f"/posts?{urlencode(query)}")
        return found
