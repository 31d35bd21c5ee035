"""The rooms and who may enter them: read from the code's own imports and names, never by running it."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "heedful"
FILES = sorted(SOURCE.rglob("*.py"))

# Which vendor may be imported where (paths under src/heedful, or folders ending in /).
VENDOR_ROOMS = {
    "langchain": ("adapters/", "langchain/"),
    "langchain_core": ("adapters/", "langchain/"),
    "langgraph": ("langchain/",),
    "langchain_text_splitters": ("knowledge/",),
    "pypdf": ("knowledge/formats/",),
    "docx": ("knowledge/formats/",),
    "lxml": ("knowledge/formats/",),
    "openai": ("adapters/",),
    "chromadb": ("adapters/",),
    "bm25s": ("adapters/",),
    "onnxruntime": ("adapters/",),
    "onnx": ("adapters/",),
    "safetensors": ("adapters/",),
    "tokenizers": ("adapters/",),
    "tiktoken": ("adapters/",),
    "httpx": ("adapters/", "knowledge/site/fetch.py", "running.py"),
    "kiwipiepy": ("terms.py",),
    "Stemmer": ("terms.py",),
    "sqlalchemy": ("store/",),
    "alembic": ("store/",),
    "fastapi": ("web/",),
    "starlette": ("web/",),
    "uvicorn": ("web/",),
    "jinja2": ("prompts.py", "web/"),
    "phonenumbers": ("canonical/", "canonical.py", "guard/"),
    "typer": ("cli/", "cli.py"),
    "rich": ("cli/", "cli.py"),
}
DOOR = "langchain/__init__.py"
PROFILE_ROOMS = ("ports.py", "consent.py", "control.py", "store/", "joined_profiles.py", "adapters/crm_")
HEAVY = {
    *("chromadb", "onnxruntime", "onnx", "kiwipiepy", "bm25s", "openai", "langchain", "langchain_core", "tiktoken"),
    *("pypdf", "docx", "lxml"),
}


def _room(file: Path) -> str:
    return file.relative_to(SOURCE).as_posix()


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def _top_imports(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _imports(ast.Module(body=[node], type_ignores=[]))


def _ours(tree: ast.AST) -> set[str]:
    """Return the rooms of ours that a file imports: `store`, `adapters`, `consent` …"""
    return {name.split(".")[1] for name in _imports(tree) if name.startswith("heedful.") and name.count(".") >= 1}


def _parsed() -> list[tuple[str, ast.Module]]:
    return [(_room(file), ast.parse(file.read_text(encoding="utf-8"))) for file in FILES]


PARSED = _parsed()


@pytest.mark.parametrize(("vendor", "rooms"), VENDOR_ROOMS.items(), ids=list(VENDOR_ROOMS))
def test_each_vendor_lives_in_its_room(vendor: str, rooms: tuple[str, ...]) -> None:
    """A vendor is imported only where DESIGN gives it a room, so that it can be exchanged in one place."""
    strangers = [
        room
        for room, tree in PARSED
        if any(name.split(".")[0] == vendor for name in _imports(tree))
        and not any(room == place or (place.endswith("/") and room.startswith(place)) for place in rooms)
    ]

    assert strangers == []


def test_values_and_errors_import_nothing_of_ours() -> None:
    """The two leaves stay leaves."""
    found = {room: _ours(tree) for room, tree in PARSED if room in ("values.py", "errors.py")}

    assert found == {"values.py": set(), "errors.py": set()}


def test_the_core_knows_no_adapter_store_or_web() -> None:
    """Core steps import core steps; only `assemble` names adapters, and stores are known by their faces."""
    outside = {"adapters", "store", "web", "cli", "assemble"}
    # `models` fetches what adapters need; `diagnosis` and `prepare` look at and set up the whole.
    whole = ("assemble.py", "records.py", "library.py", "models.py", "diagnosis.py", "prepare.py", "__main__.py")
    allowed = ("adapters/", "store/", "web/", "cli/", "evaluate/", "langchain/", *whole)
    wrong = [
        (room, sorted(_ours(tree) & outside))
        for room, tree in PARSED
        if not room.startswith(allowed) and _ours(tree) & outside
    ]

    assert wrong == []


def test_adapters_do_not_know_each_other_nor_the_store() -> None:
    """An adapter imports the core and one vendor; never another adapter, the store or a surface."""
    wrong = []
    for room, tree in PARSED:
        if not room.startswith(("adapters/", "store/")):
            continue
        own = room.split("/")[0]
        strangers = _ours(tree) & ({"adapters", "store", "web", "cli", "assemble", "settings"} - {own})
        others = {
            name
            for name in _imports(tree)
            if own == "adapters"
            and name.startswith("heedful.adapters.")
            and not name.split(".")[2].startswith(room.split("/")[1].removesuffix(".py").split("_")[0])
        }
        if strangers or others:
            wrong.append((room, sorted(strangers | others)))

    assert wrong == []


def test_surfaces_use_the_use_cases_only() -> None:
    """The web and the command line never name an adapter or a table."""
    wrong = [
        (room, sorted(_ours(tree) & {"adapters", "store"}))
        for room, tree in PARSED
        if room.startswith(("web/", "cli")) and _ours(tree) & {"adapters", "store"}
    ]

    assert wrong == []


def test_only_settings_reads_the_environment() -> None:
    """`os.environ` and `os.getenv` stand in settings.py alone."""
    readers = [
        room
        for room, tree in PARSED
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv") and room != "settings.py"
    ]

    assert readers == []


def test_a_stored_profile_is_named_only_behind_the_door() -> None:
    """`Profile` appears in ports, consent, control and store; everyone else sees a view."""
    strangers = sorted(
        {
            room
            for room, tree in PARSED
            for node in ast.walk(tree)
            if not room.startswith(PROFILE_ROOMS)
            and (
                (isinstance(node, ast.Name) and node.id == "Profile")
                or (isinstance(node, ast.ImportFrom) and any(name.name == "Profile" for name in node.names))
                or (isinstance(node, ast.Attribute) and node.attr == "Profile")
            )
        }
    )

    assert strangers == []


def test_the_guard_does_not_use_re() -> None:
    """A catastrophic pattern under `re` can't be stopped; the guard uses `regex` with a time-out."""
    users = [
        room
        for room, tree in PARSED
        if room.startswith(("guard/", "canonical")) and "re" in {name.split(".")[0] for name in _imports(tree)}
    ]

    assert users == []


def test_one_exit() -> None:
    """Only release.py makes a text event, a hand-off event or a Reply."""
    makers = set()
    for room, tree in PARSED:
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name == "Reply":
                makers.add(room)
            if name == "Event":
                kinds = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "type")]
                if any(
                    isinstance(kind, ast.Constant) and kind.value in ("text", "hand_off", "reply") for kind in kinds
                ):
                    makers.add(room)

    assert makers == {"release.py"}


def test_heavy_vendors_are_not_imported_at_the_top() -> None:
    """Importing a module is light: heavy vendors come in when they are first needed."""
    # Behind the door for LangChain users, which is itself opened at first use, LangChain is there already.
    rooms = [(room, tree) for room, tree in PARSED if room == DOOR or not room.startswith("langchain/")]
    eager = [(room, name) for room, tree in rooms for name in _top_imports(tree) if name.split(".")[0] in HEAVY]

    assert eager == []


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    """`heedful --help` answers at once: no heavy package is in memory after the import."""
    script = "import sys, heedful.cli; print(sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert not [name for name in (*HEAVY, "sqlalchemy", "fastapi", "alembic") if f"'{name}'" in loaded]


def test_files_begin_by_saying_what_happens_there() -> None:
    """Each file is a room with a first line."""
    silent = [room for room, tree in PARSED if not ast.get_docstring(tree)]

    assert silent == []
