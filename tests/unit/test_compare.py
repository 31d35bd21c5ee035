"""`heedful compare`: two models over one help centre, what the figures say, and a page that gives nothing away."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from heedful.cli import app
from heedful.errors import InputError
from heedful.evaluate.asked import questions
from heedful.evaluate.compare import drawn
from heedful.evaluate.paired import means, rates, sign_test
from heedful.settings import shipped
from tests.loopback import Loopback, Script, spoken

ARTICLES = {
    "en/opened.md": "# Returning an opened lamp\n\nYou can return an opened lamp within 7 days of delivery.\n",
    "ko/opened.md": "# 개봉한 조명 반품\n\n개봉한 조명은 배송 완료 후 7일 안에 반품하실 수 있습니다.\n",
}
ASKED = [
    {"id": "en-1", "lang": "en", "state": "neutral", "kind": "return", "text": "Can I return an opened lamp?"},
    {"id": "en-2", "lang": "en", "state": "neutral", "text": "How many days do I have to return an opened lamp?"},
    {"id": "ko-1", "lang": "ko", "state": "neutral", "text": "개봉한 조명도 반품할 수 있나요?"},
    {"id": "ko-2", "lang": "ko", "state": "neutral", "text": "개봉한 조명은 며칠 안에 반품해야 하나요?"},
]
GOOD = {
    "en": "You can return an opened lamp within 7 days of delivery. [1]",
    "ko": "개봉한 조명은 배송 완료 후 7일 안에 반품하실 수 있습니다. [1]",
}
BAD = {
    "en": (
        "Thank you so much for reaching out! I completely understand how frustrating this must be. "
        "You can return an opened lamp within 7 days of delivery. [1]"
    ),
    "ko": (
        "문의해 주셔서 정말 감사드립니다! 얼마나 답답하실지 저도 충분히 공감합니다. "
        "개봉한 조명은 배송 완료 후 7일 안에 반품하실 수 있습니다. [1]"
    ),
}


def talker(request: Mapping[str, Any]) -> Script:
    """Answer as the model that is asked for: one writes plainly, one badly, one never."""
    if request["model"] == "silent":
        return Script(fault="bad_request", pieces=("no such model",))
    prompt = str(request["messages"][-1]["content"])
    said = BAD if request["model"] == "flatterer" else GOOD
    return spoken(said["ko" if any("가" <= letter <= "힣" for letter in prompt) else "en"])


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A company with two articles, and a provider with three models."""
    folder = tmp_path_factory.mktemp("company")
    for name, text in ARTICLES.items():
        (folder / "help" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "help" / name).write_text(text, encoding="utf-8")
    lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in ASKED)
    (folder / "asked.jsonl").write_text(lines, encoding="utf-8")
    with Loopback(talker) as provider:
        here = {
            "HEEDFUL_DATA_DIR": str(folder / "data"),
            "HEEDFUL_EMBEDDER": "none",
            "HEEDFUL_MODEL": "openai:steadfast",
            "HEEDFUL_MODEL_BASE_URL": provider.url,
            "OPENAI_API_KEY": "invented",
        }
        run(here, "ingest", str(folder / "help"))
        (folder / "before.json").write_text(json.dumps(digests(folder / "data")), encoding="utf-8")
        yield here | {"ASKED": str(folder / "asked.jsonl"), "BEFORE": str(folder / "before.json")}


@pytest.fixture(scope="module")
def compared(environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """One comparison of the plain writer with the flatterer: what was printed, and the folder of page and items."""
    folder = tmp_path_factory.mktemp("compared")
    wanted = ["--html", str(folder / "page.html"), "--items", str(folder / "items"), "--seed", "22", "--json"]
    done = run(environ, "compare", "openai:steadfast", "openai:flatterer", "--questions", environ["ASKED"], *wanted)
    return json.loads(done.stdout), folder


def run(environ: Mapping[str, str], *arguments: str, code: int = 0) -> Result:
    """Run a command, which must end with `code`."""
    done = CliRunner().invoke(app, list(arguments), env=dict(environ))
    assert done.exit_code == code, done.output
    return done


def digests(folder: Path) -> dict[str, str]:
    """Return what each file of a folder holds, those aside that come and go with a look into SQLite."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


def test_the_figures_favour_who_writes_better(compared: tuple[dict[str, Any], Path]) -> None:
    """Flattery before the answer is counted against the side that wrote it, also by the figures of `eval voice`."""
    found, _ = compared
    differences = found["differences"]

    assert (found["compared"], found["failed"]) == (4, {"a": 0, "b": 0})
    assert (differences["nothing_to_advise"]["a"], differences["nothing_to_advise"]["b"]) == (1.0, 0.0)
    assert differences["rules_broken"]["change"] > 0
    assert differences["rules_broken"]["sure"]
    assert found["voice"]["a"]["rules"]["empty_empathy"] < found["voice"]["b"]["rules"]["empty_empathy"]
    assert (found["a"]["models"], found["b"]["models"]) == (["steadfast"], ["flatterer"])


def test_the_company_s_folder_is_left_as_it_was(environ: dict[str, str], compared: tuple[dict[str, Any], Path]) -> None:
    """The questions were answered, with sources, and nothing in the data folder has changed since the ingest."""
    _, folder = compared
    pairs = [json.loads(line) for line in (folder / "items" / "pairs.jsonl").read_text(encoding="utf-8").splitlines()]

    assert digests(Path(environ["HEEDFUL_DATA_DIR"])) == json.loads(Path(environ["BEFORE"]).read_text(encoding="utf-8"))
    assert [pair["id"] for pair in pairs] == [one["id"] for one in ASKED]
    assert all(pair["a"]["citations"] and pair["a"]["tokens"] for pair in pairs)


def test_the_page_gives_nothing_away(compared: tuple[dict[str, Any], Path]) -> None:
    """The page names no side and no model; left and right are built alike, and stand as the key says."""
    found, folder = compared
    page = (folder / "page.html").read_text(encoding="utf-8")
    key = json.loads((folder / "items" / "key.json").read_text(encoding="utf-8"))

    sections = re.findall(r'<section class="side".*?</section>', page, re.DOTALL)
    bare = {
        re.sub(r'(?<="reply").*?</div>|[Ll]eft|[Rr]ight|id="h\d|labelledby="h\d', "", one, flags=re.DOTALL)
        for one in sections
    }

    assert len(sections) == 2 * len(ASKED)
    assert len({re.sub(r"<li.*?</li>", "", one) for one in bare}) == 1
    assert not [word for word in ("steadfast", "flatterer", "openai", "extractive") if word in page]
    assert set(key["left"].values()) <= {"a", "b"}
    assert found["run"] == key["run"] in page
    for line in (folder / "items" / "pairs.jsonl").read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        shown = page[page.index(f'data-id="{pair["id"]}"') :].split('class="reply"')[1:3]
        order = ("a", "b") if key["left"][pair["id"]] == "a" else ("b", "a")
        assert [pair[side]["text"] in words for side, words in zip(order, shown, strict=True)] == [True, True]
        assert pair["a"]["text"] != pair["b"]["text"]


def test_the_page_loads_nothing_and_runs_nothing_of_anybody_s(compared: tuple[dict[str, Any], Path]) -> None:
    """Its policy allows its own script and style by their digests and nothing else; Korean is marked as Korean."""
    _, folder = compared
    page = (folder / "page.html").read_text(encoding="utf-8")

    assert "default-src &#39;none&#39;" in page
    assert "unsafe-inline" not in page
    assert page.count("<script>") == 1
    assert not [word for word in ("<script src", "<link", "<img", "@import", "style=") if word in page]
    assert '<blockquote lang="ko">' in page


def test_choices_are_read_with_the_key(
    environ: dict[str, str], compared: tuple[dict[str, Any], Path], tmp_path: Path
) -> None:
    """What was chosen by side comes out by name, with a test by language; what was chosen after the reveal doesn't."""
    found, folder = compared
    left = {one["id"]: drawn(22, one["id"]) for one in ASKED}
    picked = {id_: "left" if side == "a" else "right" for id_, side in left.items()} | {"ko-2": "both_bad"}
    file = tmp_path / "choices.json"
    file.write_text(json.dumps({"run": found["run"], "choices": picked, "after_reveal": ["en-2"]}), encoding="utf-8")
    done = run(environ, "compare", "--choices", str(file), "--items", str(folder / "items"), "--json")
    counted = json.loads(done.stdout)

    assert {name: counted[name] for name in ("n", "a", "b", "both_bad", "p")} == {
        "n": 3,
        "a": 2,
        "b": 0,
        "both_bad": 1,
        "p": 0.5,
    }
    assert (counted["by_lang"]["en"]["a"], counted["by_lang"]["ko"]["both_bad"]) == (1, 1)


def test_choices_of_another_run_are_not_counted(
    environ: dict[str, str], compared: tuple[dict[str, Any], Path], tmp_path: Path
) -> None:
    """A key and choices that don't belong together are told apart."""
    file = tmp_path / "choices.json"
    file.write_text(json.dumps({"run": "0" * 16, "choices": {}}), encoding="utf-8")
    done = run(environ, "compare", "--choices", str(file), "--items", str(compared[1] / "items"), code=2)

    assert "give the folder that was written with the page" in done.output


def test_a_failure_is_shown_as_such_and_stops_nothing(environ: dict[str, str], tmp_path: Path) -> None:
    """Of a model that never answers the failures are counted, and the built-in writer's words don't stand for it."""
    wanted = ["--items", str(tmp_path / "items"), "--html", str(tmp_path / "page.html"), "--limit", "2", "--json"]
    done = run(environ, "compare", "openai:steadfast", "openai:silent", "--questions", environ["ASKED"], *wanted)
    found = json.loads(done.stdout)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")

    assert (found["failed"], found["compared"]) == ({"a": 0, "b": 2}, 0)
    assert found["failures"]["b"]
    assert page.count("There is no answer here: it failed.") == 2


def test_two_prompt_folders_are_two_sides(environ: dict[str, str], tmp_path: Path) -> None:
    """A folder of prompts with the model of the settings: what the model reads is what stands in that folder."""
    other = tmp_path / "prompts-b"
    shutil.copytree(shipped("prompts"), other)
    chat = other / "chat.md"
    chat.write_text(chat.read_text(encoding="utf-8") + "\nSay it like a lighthouse keeper.\n", encoding="utf-8")
    read: list[bool] = []

    def listening(request: Mapping[str, Any]) -> Script:
        read.append("lighthouse keeper" in json.dumps(request["messages"]))
        return talker(request)

    with Loopback(listening) as provider:
        here = environ | {"HEEDFUL_MODEL_BASE_URL": provider.url}
        sides = [str(shipped("prompts")), f"openai:steadfast@{other}"]
        run(here, "compare", *sides, "--questions", environ["ASKED"], "--limit", "1")

    assert sorted(read) == [False, True]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("extractive",), "give two sides"),
        (("./nowhere", "extractive"), "there is no such folder"),
        (("openai:x@./nowhere", "extractive"), "there is no folder './nowhere'"),
        (("openai:", "extractive"), "half a model"),
        (("prompts-b", "extractive"), "side 'prompts-b'"),
        ((".", "extractive"), "copy the whole folder of prompts"),
        (("extractive", "extractive", "--html", "page.html"), "--html needs --items"),
        (("extractive", "extractive", "--items", "nowhere/items"), "does not exist"),
        (("--choices", "c.json"), "--items FOLDER"),
    ],
)
def test_a_wrong_call_says_what_would_do(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    """Each is refused before anything is asked, with the words that help."""
    monkeypatch.chdir(tmp_path)
    asked = () if "--choices" in arguments else ("--questions", environ["ASKED"])
    done = run(environ, "compare", *arguments, *asked, code=2)

    assert said in done.output


def test_without_help_content_it_says_so(environ: dict[str, str], tmp_path: Path) -> None:
    """A data folder without articles is not filled with an empty database."""
    here = environ | {"HEEDFUL_DATA_DIR": str(tmp_path / "new")}
    done = run(here, "compare", "openai:steadfast", "extractive", "--questions", environ["ASKED"], code=2)

    assert "heedful ingest" in done.output
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("q.jsonl", '{"text": "a"}\n{"id": 2}\n', "line 2 of 'q.jsonl' has no words"),
        ("q.jsonl", '{"text": "a"}\nplain words\n', "line 2 of 'q.jsonl' is no JSON"),
        ("q.jsonl", '{"id": "x", "text": "a"}\n{"id": "x", "text": "b"}\n', "another question has already"),
        ("q.jsonl", '{"text": "a", "state": "sad"}\n', "'state' is 'sad'; it is one of neutral"),
        ("q.jsonl", '{"text": "a", "lang": "Korean"}\n', "give two letters"),
        ("q.jsonl", "\n", "holds no question"),
        ("q.toml", '[[question]]\nid = "late"\n', "question 1 ('late') of 'q.toml' has no words"),
        ("q.toml", "[[question]\n", "is no TOML"),
        ("q.toml", "question = 3\n", "has to be tables"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, name: str, content: str, said: str) -> None:
    """Whoever wrote the questions is told the file and the line or id, and what would do."""
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")

    with pytest.raises(InputError) as refused:
        questions(file)

    assert said in str(refused.value)


def test_what_a_question_leaves_out_is_read_from_its_words(tmp_path: Path) -> None:
    """Language and state of mind are read as the assistant reads them; ids count up; `question` will do for `text`."""
    file = tmp_path / "q.jsonl"
    file.write_text('{"question": "Where is it? I am furious!"}\n{"text": "반품은 어떻게 하나요?"}\n', encoding="utf-8")
    found = questions(file)

    assert [(one.id, one.lang, one.state) for one in found] == [("1", "en", "angry"), ("2", "ko", "neutral")]


def test_the_tests_are_exact() -> None:
    """The sign test is the binomial's, McNemar's looks at the questions that differ, and no difference is not sure."""
    mcnemar = rates([True] * 9 + [False], [False] * 8 + [True, False])

    assert [sign_test(*split) for split in ((0, 0), (5, 5), (0, 5), (9, 1))] == [1.0, 1.0, 0.0625, 22 / 1024]
    assert (mcnemar["only_a"], mcnemar["only_b"], mcnemar["p"], mcnemar["sure"]) == (8, 0, 0.0078, True)
    assert means([1.0, 2.0, 3.0], [2.0, 3.0, 4.0])["interval"] == [1.0, 1.0]
    assert not means([], [])["sure"]


def test_left_and_right_are_drawn_evenly_and_again_by_the_same_seed() -> None:
    """Over many questions each side stands on the left about half the time."""
    lefts = [drawn(7, str(number)) for number in range(1000)]

    assert 430 < lefts.count("a") < 570
    assert lefts == [drawn(7, str(number)) for number in range(1000)]
    assert lefts != [drawn(8, str(number)) for number in range(1000)]
