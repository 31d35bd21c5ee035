"""A check on trial: what it finds goes out, is recorded, told on the receipt, and counted for the operator."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from heedful.assemble import assemble, open_records
from heedful.cli import app
from heedful.customers import WORDS
from heedful.errors import InputError
from heedful.observed import since
from heedful.phrases import Phrases
from heedful.policy import load
from heedful.receipt_words import receipt_words
from heedful.settings import read
from heedful.values import Action, Check, Event, Finding, Verdict
from heedful.wire import finding_json
from tests.loopback import Loopback
from tests.loopback import Script as Said
from tests.scripted import Script, containing, last, texts

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HELP = "---\ntitle: Delivery\nurl: https://help.dalbit.example/en/d\nlang: en\n---\nWe deliver from Monday to Friday.\n"
PRESSING = "We deliver from Monday to Friday. [1] Hurry, only a few places are left at this price, so act now."


class Trying(Script):
    """A gate whose guard only observes one word, and acts on what the rules say."""

    async def check(self, draft: str, start: int, end: int, final: bool) -> Verdict:
        """Apply the rules, and observe the word."""
        found = await super().check(draft, start, end, final)
        seen = tuple(containing("Hurry", Action.REDACT, "sales_pressure")(draft, start, end, final))
        check = Check("sales_pressure", "observed" if seen else "passed")
        return Verdict(found.findings, (*found.checks, check), seen)


def on_trial(folder: Path, *lines: str) -> Path:
    """Write the shipped policy with other lines under `[guard]`."""
    text = (ROOT / "policy.toml").read_text(encoding="utf-8")
    path = folder / "my_policy.toml"
    path.write_text(text.replace('\nmode = "act"\n', "\n" + "\n".join(lines) + "\n", 1), encoding="utf-8")
    return path


async def test_what_is_observed_goes_out_and_stands_in_the_record() -> None:
    """The text is as the model wrote it; reply and receipt name what was noticed, at its place in the text."""
    events = await Trying().run("You can. Hurry up. Bye.")

    reply = last(events, "reply")
    (seen,) = reply["verdict"]["observed"]
    assert "".join(texts(events)) == "You can. Hurry up. Bye."
    assert reply["text"][seen["start"] : seen["end"]] == "Hurry"
    assert (reply["verdict"]["action"], reply["verdict"]["findings"]) == ("send", [])
    assert {"rule": "sales_pressure", "result": "observed"} in reply["receipt"]["checks"]
    assert reply["receipt"]["changed"] == []


async def test_what_did_not_go_out_is_not_said_to_stand_in_the_reply() -> None:
    """A draft that was written again leaves nothing observed behind: the receipt is about what the customer reads."""
    trying = Trying(rules=[containing("wrong", Action.REVISE, "ungrounded")], revision="You can.")

    events = await trying.run("Hurry, this is wrong.")

    assert last(events, "reply")["verdict"]["observed"] == []
    assert {"rule": "sales_pressure", "result": "passed"} in last(events, "receipt")["checks"]


async def test_beside_a_masked_word_it_stands_where_it_is_read() -> None:
    """After a redaction in the same sentence the place of what was observed is that in the text that went out."""
    trying = Trying(rules=[containing("010-1234-5678", Action.REDACT, "third_party", mask="(hidden)")])

    events = await trying.run("Call 010-1234-5678 now. Hurry up.", mode="whole")

    reply = last(events, "reply")
    assert reply["text"] == "Call (hidden) now. Hurry up."
    assert [reply["text"][one["start"] : one["end"]] for one in reply["verdict"]["observed"]] == ["Hurry"]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_receipts_words_do_not_call_it_passed(language: str) -> None:
    """What was observed is said to have been left as it is, and is none of the checks that were passed."""
    words = Phrases.load(ROOT / "prompts" / WORDS)
    receipt: dict[str, Any] = {
        "at": "2026-11-22T11:34:56+09:00",
        "verified": False,
        "checks": [{"rule": "secret_leak", "result": "passed"}, {"rule": "sales_pressure", "result": "observed"}],
    }

    said = receipt_words(receipt, words=words, policy=load(ROOT / "policy.toml"), language=language)

    what = words.get(language, "rule.sales_pressure")
    assert words.get(language, "receipt.check") in said
    assert words.get(language, "receipt.observed", what=what) in said


async def test_a_policy_tries_out_a_check_on_live_traffic(tmp_path: Path) -> None:
    """With the check observed the service sends what it would have left out, and says so; acting, it does not."""
    (tmp_path / "help").mkdir()
    (tmp_path / "help" / "d.md").write_text(HELP, encoding="utf-8")

    tried = await _reply(tmp_path, on_trial(tmp_path, 'sales_pressure = "observe"', 'ungrounded = "observe"'))
    acted = await _reply(tmp_path, ROOT / "policy.toml")

    assert "act now" in tried["text"]
    assert "sales_pressure" in {one["code"] for one in tried["verdict"]["observed"]}
    assert {"rule": "sales_pressure", "result": "observed"} in tried["receipt"]["checks"]
    assert "act now" not in acted["text"]
    assert acted["verdict"]["observed"] == []


async def _reply(folder: Path, policy: Path) -> Mapping[str, Any]:
    with Loopback(lambda _request: Said(tuple(PRESSING))) as model:
        environ = {
            "HEEDFUL_DATA_DIR": str(folder / policy.stem), "HEEDFUL_MODEL": "openai:scripted",
            "HEEDFUL_MODEL_BASE_URL": model.url, "HEEDFUL_EMBEDDER": "none", "HEEDFUL_POLICY": str(policy),
        }  # fmt: skip
        async with assemble(read(environ)) as ours:
            await ours.knowledge.sync([folder / "help"])
            opened = await ours.conversations.open("chat")
            events = [event async for event in await ours.conversations.send(opened.id, "When do you deliver?")]
    return next(event.content for event in events if event.type == "reply")


def heedful(data: Path, *arguments: str | Path, **more: str) -> Result:
    """Run a command."""
    settings = {"HEEDFUL_DATA_DIR": str(data), "HEEDFUL_EMBEDDER": "none", **more}
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env=settings)


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A data folder with three replies: one of last year, one clean, one in which two things were observed."""
    asyncio.run(_record(tmp_path / "data"))
    return tmp_path / "data"


async def _record(data: Path) -> None:
    seen = Finding("sales_pressure", Action.REDACT, "sales_pressure", 0, 5, "urges to act at once")
    observed = {
        "action": "send",
        "findings": [],
        "observed": [finding_json(seen), {**finding_json(seen), "start": 6, "end": 9}],
    }
    clean = {"action": "send", "findings": [], "observed": []}
    now = datetime.now(UTC)
    async with open_records(read({"HEEDFUL_DATA_DIR": str(data)})) as records:
        for text, verdict, at in (
            ("Hurry now.", observed, now),
            ("We deliver.", clean, now),
            ("Hurry now.", observed, now - timedelta(days=400)),
        ):
            opened = await records.log.open(
                channel="chat", language="en", customer_id=None, purpose=None, without_my_data=False, mail=None, at=at
            )
            await records.log.record(opened, [Event("reply", {"text": text, "verdict": verdict}, at=at)])


def test_the_operator_reads_counts_and_no_words(recorded: Path) -> None:
    """What would have been done is counted by rule and channel since a time; words come only when asked for."""
    plain = heedful(recorded, "guard", "observed", "--since", "7d")
    found = json.loads(heedful(recorded, "guard", "observed", "--since", "2w", "--json").stdout)
    told = heedful(recorded, "guard", "observed", "--words")
    all_time = json.loads(heedful(recorded, "guard", "observed", "--since", "2020-01-01", "--json").stdout)

    assert "sales_pressure, chat: 2 in 1 replies; as findings that act: redact" in plain.stdout
    assert "2 × urges to act at once" in plain.stdout
    assert "Hurry" not in plain.stdout + json.dumps(found)
    assert "Hurry" in told.stdout
    assert found["replies"] == 2
    assert found["observed"] == [
        {
            "code": "sales_pressure", "channel": "chat", "action": "redact", "findings": 2, "replies": 1,
            "why": {"urges to act at once": 2},
        }
    ]  # fmt: skip
    assert (all_time["replies"], all_time["observed"][0]["findings"]) == (3, 4)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7d", NOW - timedelta(days=7)),
        ("24h", NOW - timedelta(hours=24)),
        ("2w", NOW - timedelta(weeks=2)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T09:00+09:00", datetime(2026, 11, 1, 0, tzinfo=UTC)),
    ],
)
def test_how_far_back_is_said_in_more_than_one_way(text: str, expected: datetime) -> None:
    """Hours, days, weeks, a day, a time with its zone."""
    assert since(text, NOW) == expected


@pytest.mark.parametrize("text", ["", "d", "0x1d", "-1d", "99999d", "yesterday", "７d"])
def test_what_says_no_time_is_refused(text: str) -> None:
    """Anything else is an error that shows what would do."""
    with pytest.raises(InputError, match="give 7d, 24h, 2w"):
        since(text, NOW)


def test_the_doctor_warns_of_a_policy_that_does_less(tmp_path: Path) -> None:
    """One line each, and only for what is weaker; heedful is well all the same."""
    policy = on_trial(tmp_path, 'sales_pressure = "off"', 'third_party = "block"')

    warned = heedful(tmp_path / "data", "doctor", HEEDFUL_POLICY=str(policy))
    silent = heedful(tmp_path / "data", "doctor")

    assert warned.exit_code == 0
    assert "→ my_policy.toml: sales_pressure is off in chat, email and assist (usually redact)" in warned.stdout
    assert warned.stdout.count("my_policy.toml: ") == 1
    assert "policy.toml: " not in silent.stdout
    assert "no check does less than usual" in silent.stdout


def test_the_rules_in_force_are_listed(tmp_path: Path) -> None:
    """`heedful guard rules` says of each check what it does on each channel under this policy."""
    policy = on_trial(tmp_path, 'sales_pressure = { email = "revise" }')

    listed = json.loads(heedful(tmp_path, "guard", "rules", "--json", HEEDFUL_POLICY=str(policy)).stdout)["rules"]
    printed = heedful(tmp_path, "guard", "rules", HEEDFUL_POLICY=str(policy)).stdout

    by_code = {one["code"]: one for one in listed}
    assert by_code["sales_pressure"]["does"] == {"chat": "redact", "email": "revise", "assist": "redact"}
    assert by_code["secret_leak"]["can_be"] == ["block"]
    assert "chat redact, email revise, assist redact (usually redact)" in printed
