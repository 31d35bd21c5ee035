"""Which machine a name stands for, and whether a site may lead us there."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence

from heedful.errors import UpstreamError

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_EMBEDDING = (  # IPv6 networks whose addresses stand for an IPv4 address: its bits end at the second figure
    (ipaddress.ip_network("64:ff9b::/96"), 0),
    (ipaddress.ip_network("2002::/16"), 80),
)


class Hosts:
    """The addresses of a site's hosts, asked for once: a name that changes under us leads nowhere new.

    A site whose own name stands for a private address (a loopback or an intranet site that the operator names) may be
    read; a public one never leads to a private address.
    """

    def __init__(self, resolve: Resolve | None = None) -> None:
        self._resolve = resolve or by_system
        self._found: dict[tuple[str, int], tuple[str, ...]] = {}
        self._may_be_private: bool | None = None  # decided by the first host, which the operator named

    async def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """Return the addresses to try, in order.

        Raises:
            UpstreamError: The name is not known, or stands for private addresses only where it must not.
        """
        if (host, port) not in self._found:
            self._found[host, port] = await self._look_up(host, port)
        return self._found[host, port]

    def forget(self, host: str, port: int) -> None:
        """Ask again next time: nobody answered there."""
        self._found.pop((host, port), None)

    async def _look_up(self, host: str, port: int) -> tuple[str, ...]:
        try:
            every = tuple(dict.fromkeys(await self._resolve(host, port)))
        except (OSError, UnicodeError) as error:
            raise UpstreamError(f"the name {host!r} is not known; check the address", retryable=True) from error
        public = tuple(address for address in every if is_public(address))
        if self._may_be_private is None:
            self._may_be_private = bool(every) and not public
        allowed = every if self._may_be_private else public
        if not allowed:
            raise UpstreamError(f"{host!r} stands for a private address, where a public site may not lead")
        return allowed


async def by_system(host: str, port: int) -> Sequence[str]:
    """Return what the system knows of a name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the open internet, also when it is wrapped in another."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped
        for network, shift in _EMBEDDING:
            if found in network:
                inner = ipaddress.IPv4Address(int(found) >> shift & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast
