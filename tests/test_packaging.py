"""What leaves the workshop works elsewhere: the sdist, the wheel built from it, and the image of the Dockerfile."""

from __future__ import annotations

import ast
import json
import os
import re
import socket
import subprocess
import sys
import sysconfig
import tarfile
import time
import tomllib
import venv
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import container
from tests.conftest import ROOT, missing
from tests.container import Container, Volume
from tests.image import Image, build

PATIENCE_S = 120  # for a service to start: two cores, and others at work on them
OPENED = "How do I return something I have already opened?"
LATE = "주문한 물건이 아직도 안 왔어요. 너무 속상하네요."
# Part of the face of fastapi, jinja2 and langchain's agents, which choose their versions.
BROUGHT = {"starlette", "pydantic", "markupsafe", "langgraph"}
NAMED_BY_URL = {"aiosqlite"}  # a database's driver: SQLAlchemy imports it
WEIGHTS = "heedful models install"
NETWORK = "import json, socket; print(json.dumps([name for _, name in socket.if_nameindex()]))"
READY = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8080/readyz').read().decode())"


@dataclass(frozen=True, slots=True)
class Built:
    """The two files that are published."""

    sdist: Path
    wheel: Path


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An environment that has the wheel, and a folder to work in that has nothing."""

    bin: Path
    folder: Path

    @property
    def environ(self) -> dict[str, str]:
        """What a stranger's shell has: none of our settings, no path to the checkout."""
        ours = ("HEEDFUL_", "OPENAI_", "PYTHONPATH", "VIRTUAL_ENV")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return kept | {"HEEDFUL_DATA_DIR": str(self.folder / "kept"), "HEEDFUL_EMBEDDER": "none"}

    def run(self, *command: str) -> str:
        """Return what a command of that environment prints; it has to end well."""
        words = [str(self.bin / command[0]), *command[1:]]
        done = subprocess.run(words, env=self.environ, cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, f"{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """An sdist of this checkout, and the wheel built from what is in that sdist; without a network."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return Built(next(folder.glob("*.tar.gz")), next(folder.glob("*.whl")))


@pytest.fixture(scope="module")
def elsewhere(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    """A fresh environment with the wheel in it. What it depends on is taken from here, the checkout is not."""
    place = tmp_path_factory.mktemp("elsewhere")
    venv.create(place / "venv", symlinks=True)
    python = place / "venv" / "bin" / "python"
    installing = ["--python", str(python), "install", "--quiet", "--no-deps", "--no-index", str(built.wheel)]
    subprocess.run([sys.executable, "-m", "pip", *installing], check=True)
    packages = next((place / "venv" / "lib").glob("python*/site-packages"))
    here = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "dependencies.pth").write_text("\n".join(sorted(here)) + "\n", encoding="utf-8")
    (place / "work").mkdir()
    return Elsewhere(python.parent, place / "work")


@pytest.fixture(scope="module")
def served(elsewhere: Elsewhere) -> Iterator[str]:
    """The address of a demo served by the installed wheel; it has to end well."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    said = elsewhere.folder / "said.txt"
    command = [str(elsewhere.bin / "heedful"), "serve", "--demo", "--setup", "--port", str(port)]
    with said.open("wb") as log:
        process = subprocess.Popen(command, env=elsewhere.environ, cwd=elsewhere.folder, stdout=log, stderr=log)
    try:
        _wait(lambda: _opens(f"http://127.0.0.1:{port}/livez"), process, said)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        ended = process.wait(60)
    assert ended == 0


def test_the_wheel_carries_all_that_heedful_ships(built: Built) -> None:
    """Code, pages, migrations, prompts, help centre, policy and invented customers are in it, and nothing else."""
    package = _files(ROOT / "src" / "heedful", "heedful")
    shipped = set().union(*(_files(ROOT / name, f"heedful/_files/{name}") for name in ("prompts", "knowledge_base")))
    single = {f"heedful/_files/{name}" for name in ("policy.toml", "demo_profiles.jsonl")}

    with zipfile.ZipFile(built.wheel) as archive:
        carried = {name for name in archive.namelist() if ".dist-info/" not in name}
        licences = [name for name in archive.namelist() if name.endswith(".dist-info/licenses/LICENSE")]

    assert carried == package | shipped | single
    assert {"heedful/py.typed", "heedful/web/static/widget.js", "heedful/_files/prompts/phrases/ko.toml"} <= carried
    assert len(licences) == 1


def test_what_the_code_imports_is_what_the_package_declares() -> None:
    """A fresh environment gets every package that any of our files imports, late imports too, and no other."""
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in (ROOT / "src").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    modules = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    modules |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    tops = {module.partition(".")[0] for module in modules} - {"heedful", *BROUGHT, *sys.stdlib_module_names}
    carriers = packages_distributions()
    imported = {_canonical(name) for top in tops for name in carriers.get(top, [top])}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    declared = {_canonical(re.split(r"[^\w.-]", wanted)[0]) for wanted in project["dependencies"]}

    assert imported == declared - NAMED_BY_URL


def test_the_sdist_carries_the_sources_and_nothing_private(built: Built) -> None:
    """Sources, tests and texts are in it; no environment, no data folder, no history."""
    with tarfile.open(built.sdist) as archive:
        tops = {Path(name).parts[1] for name in archive.getnames()}

    folders = {"src", "tests", "prompts", "knowledge_base", "examples"}
    texts = {"README.md", "README.ko.md", "CHANGELOG.md", "LICENSE", "policy.toml", "demo_profiles.jsonl"}
    assert tops == folders | texts | {"pyproject.toml", "PKG-INFO", ".gitignore"}


def test_the_wheel_runs_without_the_checkout(elsewhere: Elsewhere) -> None:
    """The installed package is the one that runs, as a script and as a module, and it finds its own files."""
    where = elsewhere.run("python", "-c", "import sys, heedful; print(heedful.__file__, *sys.path, sep='\\n')").split()
    found = json.loads(elsewhere.run("heedful", "doctor", "--json"))["settings"]
    shipped = [found[name]["value"] for name in ("HEEDFUL_PROMPTS_DIR", "HEEDFUL_POLICY", "HEEDFUL_KNOWLEDGE_DIR")]

    assert [path for path in [*where, *shipped] if Path(path).is_relative_to(ROOT / "src")] == []
    assert all(Path(path).is_relative_to(elsewhere.bin.parent) for path in [where[0], *shipped])
    assert elsewhere.run("heedful", "--version") == elsewhere.run("python", "-m", "heedful", "--version")


@pytest.mark.parametrize(("question", "language"), [(OPENED, "en"), (LATE, "ko")])
def test_the_wheel_serves_answers_over_http(served: str, question: str, language: str) -> None:
    """A page of the demo gets a cited answer from the help centre that the wheel carries."""
    key = httpx.get(f"{served}/demo/session", trust_env=False).json()["key"]
    opened = _post(f"{served}/v1/conversations", key, served, {"channel": "chat", "language": language})
    messages = f"{served}/v1/conversations/{opened['id']}/messages"

    reply = _post(messages, opened["token"], served, {"text": question})

    _assert_answered(reply, language)


@pytest.mark.parametrize("path", ["/", "/assist", "/widget.js", "/static/demo.js", "/openapi.json", "/readyz"])
def test_the_wheel_serves_its_pages(served: str, path: str) -> None:
    """Pages, scripts and the description of the API come out of the wheel."""
    assert _opens(served + path)


@pytest.mark.usefixtures("served")
def test_the_wheel_answers_on_the_command_line(elsewhere: Elsewhere) -> None:
    """`heedful ask` in another folder answers, too."""
    reply = json.loads(elsewhere.run("heedful", "ask", OPENED, "--json"))

    _assert_answered(reply, "en")


@dataclass(frozen=True, slots=True)
class Running:
    """A container of the image, with its service up."""

    image: Image
    container: Container
    process: subprocess.Popen[bytes]

    def run(self, *command: str) -> str:
        """Return what a command inside prints, run as the service is; it has to end well."""
        done = self.container.run(command, self.image.way, timeout_s=PATIENCE_S)
        assert done.returncode == 0, f"{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """What the Dockerfile makes, each of its lines carried out in a root of its own."""
    if lacking := container.lacking():
        missing(lacking)
    scratch = tmp_path_factory.mktemp("image")
    fetching = ["download", "--quiet", "--no-deps", "--dest", str(scratch / "index"), "hatchling"]
    if subprocess.run([sys.executable, "-m", "pip", *fetching], capture_output=True).returncode:
        missing("a package index, for the image's RUN lines,")
    try:
        yield build(ROOT, scratch, may_fail=[WEIGHTS])
    finally:
        container.remove(scratch)


@pytest.fixture(scope="module")
def running(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A container with a read-only root, no network and one volume, as far up as its health check wants it."""
    folder = tmp_path_factory.mktemp("container")
    (place,) = image.volumes
    container.copy(image.root / place.lstrip("/"), folder / "volume")
    said, volume = folder / "said.txt", Volume(folder / "volume", place)
    with container.opened(image.root, network=False, read_only=True, volume=volume) as box:
        process = box.start(image.command, image.way, said=said)
        try:
            _wait(lambda: box.run(image.health, image.way, timeout_s=30).returncode == 0, process, said)
            yield Running(image, box, process)
        finally:
            process.terminate()
            ended = process.wait(60)
            container.remove(folder)
    assert ended == 0


@pytest.mark.image
def test_the_image_serves_without_a_network(running: Running) -> None:
    """Read-only root, no network, an ordinary user without any rights: what CMD starts is ready."""
    status = dict(line.split(":\t", 1) for line in Path(f"/proc/{running.process.pid}/status").read_text().splitlines())

    assert json.loads(running.run("python3", "-c", NETWORK)) == ["lo"]
    assert json.loads(running.run("python3", "-c", READY))["status"] == "ok"
    assert running.run("id", "-u").strip() == "10001"
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert running.container.run(["touch", "/opt/heedful/x"], running.image.way, timeout_s=30).returncode != 0


@pytest.mark.image
@pytest.mark.parametrize(("question", "language"), [(OPENED, "en"), (LATE, "ko")])
def test_the_image_answers(running: Running, question: str, language: str) -> None:
    """The help centre that came in with the wheel is read at the first start and answered from."""
    reply = json.loads(running.run("heedful", "ask", question, "--json"))

    _assert_answered(reply, language)


@pytest.mark.image
def test_the_image_has_the_weights(running: Running) -> None:
    """The embedder works without having fetched anything at run time."""
    if WEIGHTS in str(running.image.failed):
        missing(f"the embedder's weights ({str(running.image.failed)[-300:]})")

    parts = json.loads(running.run("heedful", "doctor", "--json"))["parts"]

    assert parts["embedder"].startswith("ok, MiniLM in /opt/heedful/models")


@pytest.mark.image
def test_the_image_writes_to_its_volume_alone(running: Running) -> None:
    """What is kept stands in /data, and nothing that a vendor would like to know of this machine."""
    kept = set(running.run("ls", "-A", "/data").split())

    assert {"heedful.db", "master.key"} <= kept
    assert {name for name in kept if name.startswith(".")} == set()


@pytest.mark.image
def test_the_image_holds_the_wheel_alone(image: Image) -> None:
    """No source, no build folder and no package cache is left in what is shipped."""
    heedful = sorted(image.root.glob("opt/heedful/lib/python*/site-packages/heedful*"))

    assert [path.name.split("-")[0] for path in heedful] == ["heedful", "heedful"]
    assert not (image.root / "build").exists()
    assert not list(image.root.glob("root/.*")) + list(image.root.glob("tmp/*"))


def _canonical(name: str) -> str:
    """Return a package's name as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _files(folder: Path, within: str) -> set[str]:
    """Return the files of a folder as a wheel names them."""
    paths = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {f"{within}/{path.relative_to(folder).as_posix()}" for path in paths}


def _wait(is_up: Callable[[], bool], process: subprocess.Popen[bytes], said: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        if is_up():
            return
        time.sleep(0.3)
    pytest.fail(f"the service did not start:\n{said.read_text(errors='replace')[-3000:]}")


def _opens(address: str) -> bool:
    try:
        return httpx.get(address, timeout=10, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def _post(address: str, key: str, page: str, content: Mapping[str, Any]) -> Any:
    """Return the JSON that a page of this origin gets."""
    headers = {"Authorization": f"Bearer {key}", "Origin": page}
    return httpx.post(address, headers=headers, json=content, timeout=60, trust_env=False).raise_for_status().json()


def _assert_answered(reply: Mapping[str, Any], language: str) -> None:
    assert reply["language"] == language
    assert not reply["handed_off"]
    assert "[1]" in reply["text"]
    assert reply["citations"][0]["url"].startswith(f"https://help.dalbit.example/{language}/")
