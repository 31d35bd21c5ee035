"""The command line as people and programs use it: what it prints, and how it ends. Without a running server."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from heedful import __version__
from heedful.cli import app

ARTICLES = {
    "en/opened.md": (
        "---\ntitle: Returning an opened item\nurl: https://help.dalbit.example/en/opened\nlang: en\n---\n"
        "You can return an opened item within 7 days of delivery if it is unused and complete.\n"
    ),
    "ko/fees.md": (
        "---\ntitle: 배송비 안내\nurl: https://help.dalbit.example/ko/fees\nlang: ko\n---\n"
        "50,000원 미만 주문의 배송비는 3,000원입니다.\n"
    ),
}
CASE = {
    "id": "en-1",
    "lang": "en",
    "channel": "chat",
    "purpose": "customer_care",
    "question": "When do you answer the phone?",
    "passages": [{"id": "p1", "title": "Reaching us", "text": "We answer from 9 to 18 h.", "trust": "published"}],
    "draft": "We answer the phone from 9 to 18 h.",
    "expect": {"action": "send", "reasons": []},
}
BAD_CASE = {
    **CASE,
    "id": "en-2",
    "draft": "We answer the phone from 7 to 23 h.",
    "expect": {"action": "revise", "reasons": ["ungrounded"]},
}
MAIL = (
    "From: Mina <mina@example.com>\r\nTo: help@dalbit.example\r\nSubject: 배송비 문의\r\n"
    "Message-ID: <a1@example.com>\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: 8bit\r\n\r\n안녕하세요. 배송비가 얼마인가요?\r\n"
)


class Shell:
    """Runs commands over one data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def run(self, *arguments: str | Path, **more: str) -> Result:
        """Run a command in this process."""
        settings = {"HEEDFUL_DATA_DIR": str(self.data), "HEEDFUL_EMBEDDER": "none", **more}
        return CliRunner().invoke(app, [str(argument) for argument in arguments], env=settings)

    def json(self, *arguments: str | Path, code: int = 0) -> Any:
        """Return the JSON a command prints, which must end with `code`."""
        done = self.run(*arguments, "--json")
        assert done.exit_code == code, done.output
        return json.loads(done.stdout)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Commands over a data folder that is not there yet."""
    return Shell(tmp_path / "a folder" / "달빛")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Commands over a data folder that holds two articles and the invented customers."""
    folder = tmp_path_factory.mktemp("help")
    for name, text in ARTICLES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    shell = Shell(tmp_path_factory.mktemp("data"))
    assert shell.json("ingest", folder)["added"] == 2
    profiles = folder.parent / "profiles.jsonl"
    profiles.write_text(json.dumps(_customer("demo-1", "DB-12345678"), ensure_ascii=False), encoding="utf-8")
    assert shell.run("profiles", "import", profiles).exit_code == 0
    return shell


def _customer(customer_id: str, order_id: str) -> Mapping[str, Any]:
    fact = {"category": "order", "purposes": ["customer_care", "order_management"], "consent": "given"}
    facts = [{"name": "order_id", "value": order_id, **fact}, {"name": "order_status", "value": "shipped", **fact}]
    return {"customer_id": customer_id, "facts": facts}


def write(path: Path, *items: Mapping[str, Any]) -> Path:
    """Write JSON Lines."""
    path.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items), encoding="utf-8")
    return path


def test_version_and_help() -> None:
    """`--version` says which, and `--help` names every command."""
    version, words = CliRunner().invoke(app, ["--version"]), CliRunner().invoke(app, ["--help"])

    assert version.stdout.strip() == f"heedful {__version__}"
    commands = "serve ingest ask draft check eval guard doctor models audit keys"
    commands += " profiles export erase consents hold corrections"
    for command in commands.split():
        assert re.search(rf"^  {command}\b", words.stdout, re.MULTILINE), command


@pytest.mark.parametrize(
    "call",
    ["ask", "ingest", "draft", "eval", "profiles import", "keys revoke", "no-such-command", "ask hi --no-such-option"],
)
def test_a_call_that_is_off_ends_with_2(shell: Shell, call: str) -> None:
    """Missing arguments and unknown names are usage errors; nothing is made."""
    done = shell.run(*call.split())

    assert done.exit_code == 2
    assert not shell.data.exists()


@pytest.mark.parametrize(
    "call",
    [
        ("draft", "nothing.eml"),
        ("check", "--case", "nothing.json"),
        ("check",),
        ("check", "--text", "  "),
        ("check", "--text", "Hello", "--channel", "fax"),
        ("eval", "guard"),
        ("eval", "guard", "--items", "nothing.jsonl"),
        ("eval", "retrieval", "--corpus", "nothing.jsonl", "--queries", "nothing.jsonl"),
        ("profiles", "import", "nothing.jsonl"),
        ("ask", "Hello", "--language", "english"),
        ("keys", "create"),
        ("keys", "create", "--scopes", "chat,everything"),
        ("keys", "create", "--publishable"),
        ("keys", "revoke", "key_unknown"),
    ],
)
def test_a_mistake_is_one_clear_line(shell: Shell, call: tuple[str, ...]) -> None:
    """What can't be taken is said in one line on standard error, and as one object with `--json`; exit 2."""
    spoken, as_json = shell.run(*call), shell.run(*call, "--json")

    assert (spoken.exit_code, as_json.exit_code) == (2, 2)
    assert spoken.stdout == ""
    assert len(spoken.stderr.strip().splitlines()) == 1
    assert spoken.stderr.startswith("heedful: ")
    assert json.loads(as_json.stdout)["error"]["message"] in spoken.stderr


def test_a_setting_that_is_off_is_one_clear_line(shell: Shell) -> None:
    """A misspelt or contradictory setting ends every command with exit 2 and what would do."""
    misspelt = shell.run("keys", "list", HEEDFUL_MODLE="x")
    keyless = shell.run("ask", "Hello", HEEDFUL_MODEL="openai:gpt-4o-mini", OPENAI_API_KEY="")

    assert (misspelt.exit_code, keyless.exit_code) == (2, 2)
    assert "did you mean HEEDFUL_MODEL?" in misspelt.stderr
    assert "HEEDFUL_MODEL=extractive" in keyless.stderr


def test_a_data_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    """A file where the folder should be is said to be that."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    shell = Shell(tmp_path / "file")

    for call in (["keys", "list"], ["ask", "Hello"], ["ingest", str(tmp_path)]):
        done = shell.run(*call)
        assert done.exit_code == 2, call
        assert "HEEDFUL_DATA_DIR" in done.stderr


def test_ask_prints_the_answer_and_its_sources(filled: Shell) -> None:
    """The answer comes first, then each source with its title and address."""
    done = filled.run("ask", "Can I return something I have already opened?")

    assert done.exit_code == 0
    answer, _, sources = done.stdout.partition("\n\n[1]")
    assert "within 7 days of delivery" in answer
    assert sources.split("\n")[:2] == [" Returning an opened item", "    https://help.dalbit.example/en/opened"]
    assert "\x1b" not in done.output


def test_ask_as_json_is_the_reply_of_every_surface(filled: Shell) -> None:
    """`--json` prints exactly the reply with its citations, receipt, verdict and timings."""
    reply = filled.json("ask", "배송비가 얼마인가요?")

    assert {"text", "language", "handed_off", "citations", "receipt", "verdict", "timings_ms"} <= reply.keys()
    assert (reply["language"], reply["handed_off"], reply["verdict"]["action"]) == ("ko", False, "send")
    assert "3,000원" in reply["text"]
    assert reply["citations"][0]["url"] == "https://help.dalbit.example/ko/fees"
    assert reply["receipt"]["salt"]
    assert reply["receipt"]["chain"]["position"] > 0


def test_ask_as_a_customer_uses_what_they_agreed_to_and_nothing_without(filled: Shell) -> None:
    """`--customer` answers as for that verified customer; `--without-my-data` leaves all of it out."""
    question = "Where is my order? It has not arrived."
    known = filled.json("ask", question, "--customer", "demo-1")
    without = filled.json("ask", question, "--customer", "demo-1", "--without-my-data")
    nobody = filled.json("ask", question)

    assert "order_status" in {fact["name"] for fact in known["receipt"]["facts"]}
    assert "DB-12345678" in known["text"]
    assert without["receipt"]["facts"] == nobody["receipt"]["facts"] == []
    assert "DB-12345678" not in without["text"] + nobody["text"]


def test_a_hand_off_is_an_answer(filled: Shell) -> None:
    """When a person takes over, `ask` has done its work: exit 0."""
    reply = filled.json("ask", "I want to speak to a person, please.")

    assert reply["handed_off"] is True


def test_ask_without_any_help_content_says_so(shell: Shell) -> None:
    """An empty knowledge is pointed out, on standard error."""
    done = shell.run("ask", "What does delivery cost?")

    assert done.exit_code == 0
    assert "heedful ingest" in done.stderr


def test_ingest_follows_files_and_names_what_it_skipped(shell: Shell, tmp_path: Path) -> None:
    """A table for people, an object for programs; what can't be read is named and the rest is in."""
    folder = tmp_path / "help"
    folder.mkdir()
    (folder / "good.md").write_text(ARTICLES["en/opened.md"], encoding="utf-8")
    (folder / "empty.md").write_text("", encoding="utf-8")
    first = shell.run("ingest", folder)
    again = shell.json("ingest", folder)
    (folder / "good.md").unlink()
    last = shell.json("ingest", folder)

    assert first.exit_code == 0
    assert re.search(r"^articles +1$", first.stdout, re.MULTILINE)
    assert re.search(r"^  .*empty\.md: it is empty", first.stdout, re.MULTILINE)
    assert "\x1b" not in first.output
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 1)
    assert (last["removed"], last["articles"]) == (1, 0)
    assert shell.run("ingest", tmp_path / "nothing").exit_code == 2


def test_a_relative_path_is_taken_from_here(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path is made absolute where the command runs, so that a server elsewhere reads the same file."""
    (tmp_path / "here.md").write_text(ARTICLES["en/opened.md"], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    by_name = shell.json("ingest", "here.md")
    by_path = shell.json("ingest", tmp_path / "here.md")

    assert (by_name["added"], by_path["unchanged"]) == (1, 1)


def test_draft_writes_a_mail_that_answers_the_mail(filled: Shell, tmp_path: Path) -> None:
    """The draft has subject, threading headers and language of the mail, and is written where it is said."""
    (tmp_path / "in.eml").write_bytes(MAIL.encode())
    made = filled.json("draft", tmp_path / "in.eml", "--out", tmp_path / "draft.eml")
    printed = filled.run("draft", tmp_path / "in.eml")
    draft = message_from_bytes((tmp_path / "draft.eml").read_bytes(), policy=policy.default)
    body = draft.get_body(("plain",))

    assert draft["Subject"] == "Re: 배송비 문의"
    assert draft["In-Reply-To"] == "<a1@example.com>"
    assert draft["To"] == "Mina <mina@example.com>"
    assert body is not None
    assert "3,000원" in body.get_content()
    assert "3,000원" in made["text"]
    assert printed.stdout.startswith("In-Reply-To: <a1@example.com>")


def test_check_says_whether_a_draft_may_be_sent(shell: Shell, tmp_path: Path) -> None:
    """Exit 0 for `send`, 1 for anything else; the object is that of the API."""
    good = shell.json("check", "--case", write(tmp_path / "good.json", CASE))
    bad = shell.json("check", "--case", write(tmp_path / "bad.json", BAD_CASE), code=1)
    card = shell.json("check", "--text", "Your card is 4111 1111 1111 1111.", code=1)
    korean = shell.run("check", "--text", "안녕하세요. 무엇을 도와 드릴까요?")

    assert good == {"id": "en-1", "action": "send", "findings": [], "observed": []}
    assert bad["action"] == "revise"
    assert {finding["code"] for finding in bad["findings"]} == {"ungrounded"}
    assert {"code", "action", "start", "end", "why", "mend"} <= bad["findings"][0].keys()
    assert card["action"] == "redact"
    assert (korean.exit_code, korean.stdout) == (0, "send\n")


def test_check_takes_several_cases(shell: Shell, tmp_path: Path) -> None:
    """JSON Lines give a list in the same order; one that may not be sent makes exit 1."""
    verdicts = shell.json("check", "--case", write(tmp_path / "two.jsonl", CASE, BAD_CASE), code=1)
    broken = write(tmp_path / "broken.jsonl", CASE)
    broken.write_text(broken.read_text(encoding="utf-8") + "{\n", encoding="utf-8")
    unread = shell.run("check", "--case", broken)

    assert [(one["id"], one["action"]) for one in verdicts] == [("en-1", "send"), ("en-2", "revise")]
    assert unread.exit_code == 2
    assert "line 2" in unread.stderr


def test_a_case_that_is_none_is_named(shell: Shell, tmp_path: Path) -> None:
    """A case without its draft is said to be that one, and which key is missing."""
    done = shell.run("check", "--case", write(tmp_path / "odd.jsonl", CASE, {"id": "en-3", "lang": "en"}))

    assert done.exit_code == 2
    assert "case 'en-3'" in done.stderr
    assert "'draft'" in done.stderr


def test_eval_guard_prints_the_figures_and_writes_the_misses(shell: Shell, tmp_path: Path) -> None:
    """The keys that the data format names, and the wrong ones in a file."""
    wrong = {**CASE, "id": "en-3", "expect": {"action": "block", "reasons": ["secret_leak"]}}
    items, misses = write(tmp_path / "items.jsonl", CASE, BAD_CASE, wrong), tmp_path / "misses.jsonl"
    figures = shell.json("eval", "guard", "--items", items, "--misses", misses)
    words = shell.run("eval", "guard", "--items", items)

    assert {"n", "action_accuracy", "false_alarm_rate", "by_reason", "p50_ms", "p95_ms"} <= figures.keys()
    assert (figures["n"], figures["action_accuracy"], figures["false_alarm_rate"]) == (3, 0.6667, 0.0)
    assert len(misses.read_text(encoding="utf-8").splitlines()) == 1
    assert re.search(r"^action_accuracy +0\.6667$", words.stdout, re.MULTILINE)
    assert re.search(r"^misses by kind\nkind .*\nmissed +secret_leak +en +1$", words.stdout, re.MULTILINE)


def test_eval_retrieval_prints_the_figures(shell: Shell, tmp_path: Path) -> None:
    """Anyone's articles and questions are scored with the keys that the data format names."""
    corpus = write(
        tmp_path / "corpus.jsonl",
        {"id": "a", "title": "Delivery fees", "text": "Delivery costs ₩3,000.", "lang": "en", "path": "a.md"},
        {"id": "b", "title": "Washing linen", "text": "Wash linen at 40 degrees.", "lang": "en", "path": "b.md"},
    )
    queries = write(
        tmp_path / "queries.jsonl",
        {"id": "q1", "text": "What does delivery cost?", "lang": "en", "relevant": ["a"]},
        {"id": "q2", "text": "How do I wash linen?", "lang": "en", "relevant": ["b"]},
    )
    figures = shell.json("eval", "retrieval", "--corpus", corpus, "--queries", queries)

    assert {"n", "recall@5", "hit@5", "mrr@10", "ndcg@10"} <= figures.keys()
    assert (figures["n"], figures["mrr@10"]) == (2, 1.0)


def test_eval_retrieval_keeps_a_run_and_compares_with_it(shell: Shell, tmp_path: Path) -> None:
    """--save keeps it, --against tells what has changed since, --html writes a page; a missing run is named."""
    corpus = write(tmp_path / "corpus.jsonl", {"id": "a", "title": "Fees", "text": "Delivery costs ₩3,000."})
    queries = write(tmp_path / "queries.jsonl", {"id": "q1", "text": "What does delivery cost?", "relevant": ["a"]})
    files = ("--corpus", corpus, "--queries", queries)

    shell.run("eval", "retrieval", *files, "--save", tmp_path / "run.jsonl")
    again = shell.json(
        "eval", "retrieval", *files, "--against", tmp_path / "run.jsonl", "--html", tmp_path / "page.html"
    )
    missing = shell.run("eval", "retrieval", *files, "--against", tmp_path / "no.jsonl")

    assert again["against"]["ndcg@10"]["change"] == 0.0
    assert "<!doctype html>" in (tmp_path / "page.html").read_text("utf-8")
    assert missing.exit_code == 2
    assert "--against" in missing.stderr


def test_an_eval_that_is_not_there_names_those_that_are(shell: Shell) -> None:
    """An unknown kind is a usage error that helps on."""
    done = shell.run("eval", "horoscope")

    assert done.exit_code == 2
    assert "'horoscope'" in done.stderr
    assert "voice and retrieval" in done.stderr


def test_profiles_import_takes_the_good_lines_and_numbers_the_broken(shell: Shell, tmp_path: Path) -> None:
    """Counts, and the number of each line that was not taken, without its words; exit 1 when there is one."""
    file = tmp_path / "profiles.jsonl"
    good, other = (json.dumps(_customer(name, "DB-1")).encode() for name in ("c-1", "고객-2"))
    file.write_bytes(b"\n".join([good, b'{"customer_id": "secret-name"', b"\xff\xfe", other, b""]))
    done = shell.json("profiles", "import", file, code=1)
    spoken = shell.run("profiles", "import", file)
    again = shell.json("profiles", "import", write(tmp_path / "good.jsonl", _customer("c-1", "DB-1")))
    listed = shell.json("profiles", "list")

    assert done["profiles"] == 2
    assert [one["line"] for one in done["broken"]] == [2, 3]
    assert "line 2: " in spoken.stderr
    assert "secret-name" not in spoken.output
    assert again == {"profiles": 1, "broken": []}
    assert listed == {"customers": ["c-1", "고객-2"]}


def test_keys_are_shown_once_listed_and_revoked(shell: Shell) -> None:
    """A key is printed when it is made; lists show ids only, and a revoked one no longer."""
    made = shell.json("keys", "create", "--scopes", "chat, assist,email,profiles,check")
    pub = shell.run("keys", "create", "--publishable", "--origin", "https://Shop.example/")
    listed = shell.json("keys", "list")["keys"]
    revoked = shell.json("keys", "revoke", made["id"])
    spoken = shell.run("keys", "list")
    every = shell.json("keys", "list", "--all")["keys"]

    assert made["key"].startswith("hk_live_")
    assert pub.stdout.startswith("hk_pub_")
    assert listed[0]["id"] == made["id"]
    assert listed[0]["scopes"] == ["chat", "assist", "email", "profiles", "check"]
    assert listed[1]["origins"] == ["https://shop.example"]
    assert made["key"] not in json.dumps(listed)
    assert revoked == {"id": made["id"], "revoked": True}
    assert made["id"] not in spoken.stdout
    assert [bool(key["revoked_at"]) for key in every] == [True, False]


def test_a_key_given_for_its_id_is_not_repeated(shell: Shell) -> None:
    """Who pastes the key itself is told to give the id; the key is not printed again."""
    done = shell.run("keys", "revoke", "hk_live_abcdef")

    assert done.exit_code == 2
    assert "abcdef" not in done.output


def test_audit_verify_says_whole_or_names_the_place(filled: Shell, tmp_path: Path) -> None:
    """A whole record is exit 0; a changed one is exit 1 with the position of the first wrong entry."""
    import shutil
    import sqlite3

    whole = filled.json("audit", "verify")
    copy = Shell(tmp_path / "copy")
    shutil.copytree(filled.data, copy.data)
    with sqlite3.connect(copy.data / "heedful.db") as database:
        database.execute("UPDATE events SET content = zeroblob(60) WHERE position = (SELECT min(position) FROM events)")
    database.close()
    broken = copy.json("audit", "verify", code=1)
    spoken = copy.run("audit", "verify")

    assert whole["ok"] is True
    assert whole["entries"] > 0
    assert broken["ok"] is False
    assert 0 < broken["position"] <= whole["entries"]
    assert spoken.exit_code == 1
    assert str(broken["position"]) in spoken.stderr


def test_doctor_makes_nothing(shell: Shell) -> None:
    """On a fresh machine `doctor` says what is missing and what to do, and leaves no trace."""
    found = shell.json("doctor")

    assert found["well"] is True
    assert found["parts"]["database"].startswith("missing")
    assert found["parts"]["knowledge"].startswith("missing")
    assert any("heedful ingest" in advice for advice in found["advice"])
    assert not shell.data.exists()


def test_doctor_says_how_each_part_is(filled: Shell) -> None:
    """With content in, the counts are named and the indexes agree; settings come with their origin."""
    found = filled.json("doctor")
    spoken = filled.run("doctor", OPENAI_API_KEY="sk-verysecret")

    assert found["parts"]["knowledge"] == "ok, 2 articles (1 en published, 1 ko published), 2 passages"
    assert found["parts"]["words"] == "ok, as the database has it"
    assert found["parts"]["server"] == "not running over this data folder"
    assert found["settings"]["HEEDFUL_EMBEDDER"] == {"value": "none", "origin": "environment"}
    assert "OPENAI_API_KEY" in spoken.stdout
    assert "verysecret" not in spoken.output


def test_doctor_notices_an_index_that_lags_behind(filled: Shell, tmp_path: Path) -> None:
    """Words that are not as the database has them are named; replies can still be written."""
    import shutil

    copy = Shell(tmp_path / "copy")
    shutil.copytree(filled.data, copy.data)
    shutil.rmtree(copy.data / "words")
    found = copy.json("doctor")

    assert found["parts"]["words"].startswith("missing: ")
    assert "en published" in found["parts"]["words"]
    assert found["well"] is True


def test_doctor_is_not_well_with_a_policy_that_cannot_be_used(shell: Shell, tmp_path: Path) -> None:
    """What keeps replies from being written is `failed`, and exit 1."""
    (tmp_path / "policy.toml").write_text("nothing = [", encoding="utf-8")
    done = shell.run("doctor", HEEDFUL_POLICY=str(tmp_path / "policy.toml"))

    assert done.exit_code == 1
    assert re.search(r"^  policy +failed: ", done.stdout, re.MULTILINE)


def test_models_list_says_what_is_missing(shell: Shell) -> None:
    """Without the weights: exit 1, and the command that fetches them."""
    done = shell.run("models", "list", HEEDFUL_EMBEDDER="minilm")

    assert done.exit_code == 1
    assert "minilm: missing; run `heedful models install`" in done.stdout


def test_serve_refuses_workers_over_one_vector_folder(shell: Shell) -> None:
    """Several workers need a Chroma server; the message says how."""
    done = shell.run("serve", "--workers", "2", HEEDFUL_EMBEDDER="minilm")

    assert done.exit_code == 2
    assert "HEEDFUL_CHROMA_URL" in done.stderr


def test_doctor_repairs_what_is_damaged(filled: Shell, tmp_path: Path) -> None:
    """`doctor --repair` says what was wrong, and then all is well; a second time there is nothing to do."""
    copy = Shell(tmp_path / "copy")
    shutil.copytree(filled.data, copy.data)
    for file in (copy.data / "words").glob("en.published.*/*/rows.npy"):
        file.write_bytes(file.read_bytes()[:-1])

    before = copy.json("doctor")
    spoken = copy.run("doctor", "--repair")
    after = copy.json("doctor", "--repair")

    assert "damaged" in before["parts"]["words"]
    assert any("doctor --repair" in advice for advice in before["advice"])
    assert "damaged; rebuilt from the database" in spoken.stdout
    assert after["repaired"]["found"] == []
    assert after["parts"]["words"].startswith("ok")


def test_a_dry_run_names_each_article(shell: Shell, tmp_path: Path) -> None:
    """`ingest --dry-run` prints a line for each article it would touch, and leaves everything as it is."""
    write(tmp_path / "faq.jsonl", {"id": "a", "question": "Is it round?", "answer": "The lamp is round."})

    spoken = shell.run("ingest", "--dry-run", tmp_path)
    said = shell.json("ingest", "--dry-run", tmp_path)
    done = shell.json("ingest", tmp_path)

    assert re.search(r"^\+ \S+ +\S*faq\.jsonl$", spoken.stdout, re.MULTILINE)
    assert "nothing was changed" in spoken.stdout
    assert [one["what"] for one in said["touched"]] == ["added"]
    assert (said["added"], done["added"]) == (1, 1)


def test_progress_can_be_lines(shell: Shell, tmp_path: Path) -> None:
    """For a log, each step is a line with its stage and how far it has come; the result is not among them."""
    (tmp_path / "lamp.md").write_text("# Lamps\n\nThe lamp is round.\n", "utf-8")

    done = shell.run("ingest", "--progress", "lines", "--json", tmp_path)

    lines = [line for line in done.stderr.splitlines() if re.fullmatch(r"[a-z]+ \d+/\d+", line)]
    assert {line.split()[0] for line in lines} == {"reading", "splitting", "writing", "indexing", "swapping"}
    assert json.loads(done.stdout)["added"] == 1
