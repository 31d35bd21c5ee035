"""Runs commands as a container engine would: in a root folder of their own, as another user, without a network.

Made of `unshare`, `nsenter`, `pivot_root` and bind mounts: Linux, and root or a user with subordinate ids. The base
image is stood in for by this machine's own /usr and Python, read-only; nothing else of the machine can be seen inside.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
TOOLS = ("unshare", "nsenter", "setpriv", "pivot_root", "mount", "umount", "useradd")
OF_THE_MACHINE = (  # in /etc: what a slim image has there, and what an engine puts there
    "alternatives ca-certificates.conf default/useradd hosts ld.so.cache ld.so.conf ld.so.conf.d login.defs "
    "nsswitch.conf protocols resolv.conf services ssl/certs ssl/openssl.cnf"
).split()
OF_ROOT_ONLY = {
    "passwd": "root:x:0:0:root:/root:/bin/sh\n",
    "shadow": "root:*:19000:0:99999:7:::\n",
    "group": "root:x:0:\n",
    "gshadow": "root:*::\n",
}

# Puts the root together in a mount namespace of its own, moves into it, and stays until its standard input ends.
# ldconfig, as a base image ran it: Python now lies elsewhere than where it was built for, its library with it.
PAUSE = r"""
set -eu
root=$1 python=$2 access=$3 volume=$4 place=$5
mount --bind "$root" "$root"
cd "$root"
mount --rbind /usr usr
mount -o remount,bind,ro usr
for name in bin sbin lib lib32 lib64 libx32; do
    if [ -d "$name" ] && [ ! -L "$name" ]; then mount --rbind "/$name" "$name"; fi
done
case $python in
    /usr | /usr/local) ;;
    *) mount --rbind "$python" usr/local; mount -o remount,bind,ro usr/local ;;
esac
mount --rbind /proc proc
mount -t tmpfs -o mode=755 tmpfs dev
for name in null zero full random urandom; do
    touch "dev/$name"
    mount --bind "/dev/$name" "dev/$name"
done
mkdir dev/shm
mount -t tmpfs -o mode=1777,size=64m tmpfs dev/shm
ln -s /proc/self/fd dev/fd
if [ -n "$volume" ]; then mount --bind "$volume" "$root$place"; fi
mkdir .machine
pivot_root . .machine
cd /
umount -l /.machine
rmdir /.machine
if [ "$access" = ro ]; then mount -o remount,bind,ro /; else ldconfig; fi
echo ready
exec cat
"""
LOOPBACK_UP = "import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh14x', b'lo', 1))"


@dataclass(frozen=True, slots=True)
class Volume:
    """A folder that is written to, and where the container has it."""

    folder: Path
    place: str


@dataclass(frozen=True, slots=True)
class As:
    """How a command runs: as whom, in which folder, with which environment (and no other)."""

    uid: int = 0
    gid: int = 0
    folder: str = "/"
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Container:
    """A root that commands run in."""

    entering: tuple[str, ...]

    def run(self, command: Sequence[str], way: As, *, timeout_s: float) -> subprocess.CompletedProcess[str]:
        """Return how the command ended and what it said."""
        full = self._command(command, way)
        return subprocess.run(full, capture_output=True, text=True, timeout=timeout_s, stdin=subprocess.DEVNULL)

    def start(self, command: Sequence[str], way: As, *, said: Path) -> subprocess.Popen[bytes]:
        """Start a command that goes on; what it says goes into a file."""
        with said.open("wb") as file:
            full = self._command(command, way)
            return subprocess.Popen(full, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT)

    def _command(self, command: Sequence[str], way: As) -> list[str]:
        become = [f"--reuid={way.uid}", f"--regid={way.gid}", "--clear-groups", "--pdeathsig=TERM"]
        if way.uid:
            become += ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        pairs = [f"{name}={value}" for name, value in way.environ.items()]
        there = ["/bin/sh", "-c", 'cd "$0" && exec "$@"', way.folder]
        return [*self.entering, "setpriv", *become, "env", "-i", *pairs, *there, *command]


def lacking() -> str | None:
    """Return what this machine lacks to do it, in a few words; `None` when it can be done."""
    absent = [tool for tool in TOOLS if shutil.which(tool, path=PATH) is None]
    if sys.platform != "linux" or absent:
        return f"{', '.join(absent) or 'Linux'} (to run what an image holds)"
    return None if _isolation() is not None else "the right to make namespaces (be root, or have subordinate ids)"


def base(root: Path) -> None:
    """Fill an empty folder with what a slim base image has besides /usr."""
    for name in ("usr", "etc/default", "etc/ssl", "proc", "dev", "tmp", "var/tmp", "var/log", "root", "run", "opt"):
        (root / name).mkdir(parents=True, exist_ok=True)
    for name in ("tmp", "var/tmp"):
        (root / name).chmod(0o1777)
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        here = Path("/", name)
        if here.is_symlink():
            (root / name).symlink_to(here.readlink())
        elif here.is_dir():
            (root / name).mkdir()
    for name in OF_THE_MACHINE:
        here = Path("/etc", name)
        if here.is_dir():
            shutil.copytree(here, root / "etc" / name, symlinks=True)
        elif here.is_file():
            shutil.copyfile(here, root / "etc" / name)
    for name, line in OF_ROOT_ONLY.items():
        (root / "etc" / name).write_text(line, encoding="ascii")


@contextmanager
def opened(
    root: Path, *, network: bool = True, read_only: bool = False, volume: Volume | None = None
) -> Iterator[Container]:
    """Give the root to run commands in; processes still running in it lose nothing when the block ends.

    Raises:
        RuntimeError: It could not be put together; the message is what the tools said.
    """
    flags = [*(_isolation() or ()), "--mount", *([] if network else ["--net"])]
    up = "" if network else f'"{sys.executable}" -c "{LOOPBACK_UP}"\n'
    given = [root, sys.base_prefix, "ro" if read_only else "rw", volume.folder if volume else "", ""]
    given[4] = volume.place if volume else ""
    command = ["unshare", *flags, "/bin/sh", "-c", up + PAUSE, "pause", *map(str, given)]
    pause = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        if pause.stdout is None or pause.stdout.readline() != "ready\n":
            raise RuntimeError(f"no container: {pause.communicate(timeout=10)[1].strip()}")
        namespaces = ["--mount", *(["--user"] if _isolation() else []), *([] if network else ["--net"])]
        yield Container(("nsenter", f"--target={pause.pid}", *namespaces, "--"))
    finally:
        pause.communicate(timeout=30)


def copy(source: Path, target: Path, *, linked: bool = False) -> None:
    """Copy a folder into a new one with its files' owners; `linked`: as second names of the same files."""
    how = ["--archive", *(["--link"] if linked else [])]
    subprocess.run([*_as_root(), "cp", *how, f"{source}/.", str(target)], check=True)


def remove(folder: Path) -> None:
    """Delete a folder whose files belong to the users of a container."""
    subprocess.run([*_as_root(), "rm", "-rf", str(folder)], check=True)


def _as_root() -> list[str]:
    return ["unshare", *isolation] if (isolation := _isolation()) else []


@functools.cache
def _isolation() -> tuple[str, ...] | None:
    """Return the flags with which this user may make namespaces; `None` when there are none."""
    for flags in ((), ("--user", "--map-root-user", "--map-auto")):
        command = ["unshare", *flags, "--mount", "--net", "setpriv", "--reuid=10001", "--clear-groups", "true"]
        try:
            if subprocess.run(command, capture_output=True, timeout=30).returncode == 0:
                return flags
        except (OSError, subprocess.TimeoutExpired):
            continue
    return None
