"""Which addresses may be connected to: public ones, and private ones opened by name.

Account settings are typed by people; without this, an address in them could make the console
knock on its own neighbours (server-side request forgery).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from aiohappyeyeballs import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult

from channels.failures import Reason, Refused

# Addresses that a NAT64 gateway turns into the IPv4 address in their last 32 bits (RFC 6052).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Hosts:
    """The private hosts that are open, from `host` or `host:port` entries."""

    def __init__(self, entries: Iterable[str]) -> None:
        parts = [urlsplit(f"//{entry}") for entry in entries]
        self._open = {(part.hostname or "", part.port) for part in parts}

    def allow(self, host: str, port: int | None) -> bool:
        host = host.lower()
        return (host, None) in self._open or (host, port) in self._open


class Guard(AbstractResolver):
    """A resolver that leaves out private addresses, so that the connection can't reach them.

    aiohttp connects to exactly what is returned here: a name that resolves differently a moment
    later changes nothing.
    """

    def __init__(self, inner: AbstractResolver, hosts: Hosts) -> None:
        self._inner = inner
        self._hosts = hosts

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Addresses for a name.

        Raises:
            Refused: all of them are private, and the host isn't open.
            OSError: the name can't be resolved.
        """
        found = await self._inner.resolve(host, port, family)
        if self._hosts.allow(host, port):
            return found
        public = [result for result in found if is_public(result["host"])]
        if found and not public:
            raise Refused(Reason.ADDRESS, f"{host} has a private address")
        return public

    async def close(self) -> None:
        await self._inner.close()


def is_public(address: str) -> bool:
    """Whether an IP address lies on the internet; one wrapped in another counts as the inner."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _NAT64:
            ip = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        else:
            ip = ip.ipv4_mapped or ip.sixtofour or ip
    return ip.is_global and not ip.is_multicast


def is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def addr_info(found: ResolveResult) -> AddrInfoType:
    """A resolved address in the shape that `aiohappyeyeballs.start_connection` takes."""
    v6 = ":" in found["host"]
    pair = (found["host"], found["port"])
    return (
        socket.AF_INET6 if v6 else socket.AF_INET,
        socket.SOCK_STREAM,
        socket.IPPROTO_TCP,
        "",
        (*pair, 0, 0) if v6 else pair,
    )
