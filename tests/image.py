"""Carries out a Dockerfile, line by line, where there is no engine to build it with."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests import container, dockerfile
from tests.container import As, Container
from tests.dockerfile import Line

RUN_TIMEOUT_S = 900
# How this machine reaches the world; an engine hands such names to RUN lines, and keeps none in the image.
OF_THE_MACHINE = ("PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@dataclass(frozen=True, slots=True)
class Image:
    """A root folder, and how commands run in it."""

    root: Path
    way: As = field(default_factory=lambda: As(environ={"PATH": container.PATH, "HOME": "/root"}))
    command: tuple[str, ...] = ()
    health: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)  # RUN lines that were let fail → what they said


class BuildError(Exception):
    """A line of the Dockerfile could not be carried out."""


def build(project: Path, scratch: Path, *, may_fail: Sequence[str] = ()) -> Image:
    """Return the image of a project's Dockerfile, its stages' roots in `scratch`.

    A RUN line that has one of `may_fail` in it is let fail.

    Raises:
        BuildError: A line could not be carried out.
    """
    stages: dict[str, Image] = {}
    for stage in dockerfile.read(project / "Dockerfile"):
        image = Image(scratch / stage.name)
        container.base(image.root)
        with container.opened(image.root) as box:
            for line in stage.lines:
                if line.word == "RUN":
                    image = _run(box, line, image, may_fail)
                elif line.word == "COPY":
                    _copy(line, image, project, stages)
                else:
                    image = _set(line, image)
        earlier = {name: said for one in stages.values() for name, said in one.failed.items()}
        stages[stage.name] = dataclasses.replace(image, failed={**earlier, **image.failed})
    return stages[stage.name]


def _run(box: Container, line: Line, image: Image, may_fail: Sequence[str]) -> Image:
    way = dataclasses.replace(image.way, environ={**_world(), **image.way.environ})
    done = box.run(line.command, way, timeout_s=RUN_TIMEOUT_S)
    if done.returncode == 0:
        return image
    said = f"{done.stdout[-2000:]}{done.stderr[-4000:]}"
    if any(text in line.rest for text in may_fail):
        return dataclasses.replace(image, failed={**image.failed, line.rest: said})
    raise BuildError(f"RUN {line.rest}\nended with {done.returncode}:\n{said}")


def _copy(line: Line, image: Image, project: Path, stages: Mapping[str, Image]) -> None:
    copy = dockerfile.copy_of(line)
    target = image.root / os.path.join(image.way.folder, copy.target).lstrip("/")  # noqa: PTH118 - an absolute target wins
    for source in copy.sources:
        if copy.stage is not None:
            target.mkdir(parents=True, exist_ok=True)
            container.copy(stages[copy.stage].root / source.lstrip("/"), target, linked=True)
            continue
        seen = [path for path in dockerfile.context(project) if path == Path(source) or Path(source) in path.parents]
        if not seen:
            raise BuildError(f"COPY {line.rest}\n{source!r} is not there, or .dockerignore leaves it out")
        for path in seen:
            place = target / (path.name if path == Path(source) else path.relative_to(source))
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(project / path, place)


def _set(line: Line, image: Image) -> Image:
    way = image.way
    if line.word == "ENV":
        way = dataclasses.replace(way, environ={**way.environ, **dockerfile.environment(line, way.environ)})
    elif line.word == "WORKDIR":
        (image.root / line.rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
        way = dataclasses.replace(way, folder=line.rest)
    elif line.word == "USER":
        users = [row.split(":") for row in (image.root / "etc/passwd").read_text(encoding="utf-8").splitlines()]
        uid, gid, home = next((row[2], row[3], row[5]) for row in users if line.rest in (row[0], row[2]))
        way = As(int(uid), int(gid), way.folder, {**way.environ, "HOME": home})
    elif line.word == "VOLUME":
        return dataclasses.replace(image, volumes=(*image.volumes, *line.listed))
    elif line.word == "CMD":
        return dataclasses.replace(image, command=tuple(line.command))
    elif line.word == "HEALTHCHECK":
        return dataclasses.replace(image, health=tuple(line.command))
    return dataclasses.replace(image, way=way)


def _world() -> dict[str, str]:
    """Return the environment with which a RUN line finds the package index that this machine uses."""
    told = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True).stdout
    pairs = (line.partition("=") for line in told.splitlines() if line.startswith("global."))
    configured = {
        f"PIP_{name.removeprefix('global.').replace('-', '_').upper()}": value.strip("'") for name, _, value in pairs
    }
    given = {name: value for name, value in os.environ.items() if name.upper().startswith(OF_THE_MACHINE)}
    return {**configured, **given}
