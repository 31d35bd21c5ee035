"""How a judge is set up: settings, policy, what doctor and receipts say, what customers are told, the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from heedful.assemble import assemble, judge_of
from heedful.cli import app
from heedful.diagnosis import examine
from heedful.errors import PolicyError, SettingsError
from heedful.phrases import Phrases
from heedful.policy import load
from heedful.receipt_words import receipt_words
from heedful.settings import read, shipped
from tests.judging import PASSED, case_of, finding, honest
from tests.loopback import Loopback

pytestmark = pytest.mark.anyio
KEY = "sk-test-of-the-writer"


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"HEEDFUL_JUDGE": "openai:x"}, "OPENAI_API_KEY"),
        ({"HEEDFUL_JUDGE": "extractive"}, "HEEDFUL_JUDGE is 'extractive'"),
        ({"HEEDFUL_JUDGE": "openai:"}, "HEEDFUL_JUDGE is 'openai:'"),
        ({"HEEDFUL_JUDGE_BASE_URL": "http://127.0.0.1:1/v1"}, "HEEDFUL_JUDGE is not"),
        ({"HEEDFUL_JUDGE": "anthropic:x", "HEEDFUL_JUDGE_API_KEY": KEY}, "leave HEEDFUL_JUDGE_API_KEY out"),
        ({"HEEDFUL_JUDGE": "openai:x", "OPENAI_API_KEY": KEY, "HEEDFUL_JUDGE_TIMEOUT_S": "0"}, "above 0"),
    ],
)
def test_what_cannot_be_used_says_what_would_do(environ: dict[str, str], said: str) -> None:
    """A judge that could never answer is found out at the start."""
    with pytest.raises(SettingsError, match=said):
        read(environ)


@pytest.mark.parametrize(
    ("environ", "address", "has_key", "place"),
    [
        ({"OPENAI_API_KEY": KEY, "HEEDFUL_MODEL": "openai:a"}, None, True, None),
        ({"HEEDFUL_MODEL": "openai:a", "HEEDFUL_MODEL_BASE_URL": "http://a/v1"}, "http://a/v1", False, None),
        (
            {"HEEDFUL_MODEL": "openai:a", "OPENAI_API_KEY": KEY, "HEEDFUL_JUDGE_BASE_URL": "http://b/v1"},
            "http://b/v1",
            False,
            None,
        ),
        (
            {"HEEDFUL_MODEL": "anthropic:a", "HEEDFUL_MODEL_BASE_URL": "http://a", "OPENAI_API_KEY": KEY},
            None,
            True,
            None,
        ),
        ({"HEEDFUL_MODEL": "openai:a", "OPENAI_API_KEY": KEY, "HEEDFUL_MODEL_WHERE": "KR"}, None, True, "KR"),
    ],
)
def test_address_and_key_are_shared_only_where_they_belong(
    environ: dict[str, str], address: str | None, has_key: bool, place: str | None
) -> None:
    """A judge of the writer's provider has its address; one at another address is never shown the writer's key."""
    settings = read({"HEEDFUL_JUDGE": "openai:judge", **environ})

    assert (settings.judge_address, settings.judge_key == KEY, settings.judge_place) == (address, has_key, place)


async def test_the_writers_key_is_not_sent_to_another_address() -> None:
    """On the wire: no key at all, or the judge's own."""
    with Loopback(honest()) as server:
        environ = {"HEEDFUL_JUDGE": "openai:judge", "HEEDFUL_JUDGE_BASE_URL": server.url, "OPENAI_API_KEY": KEY}
        for more in ({}, {"HEEDFUL_JUDGE_API_KEY": "sk-own"}):
            async with AsyncExitStack() as stack:
                judge = judge_of(read({**environ, **more}), stack)
                assert judge is not None
                await judge.add(case_of("Fine."), PASSED)

    assert KEY not in str([request.headers for request in server.requests])
    assert "sk-own" in server.requests[-1].headers["authorization"]


def test_the_policy_is_strict_about_the_judge(tmp_path: Path) -> None:
    """Left out, it is as strict as can be; a misspelt key or value is an error."""
    plain = shipped("policy.toml").read_text(encoding="utf-8")
    own = 'asked = "always"\non_judge_failure = "hand_off"\n'
    assert own in plain
    for text, good in (
        ("", True),
        ('asked = "unsure"\n', True),
        ('asked = "never"\n', False),
        ('on_judge_failure = "pass"\n', False),
        ('on_failure = "send"\n', False),
    ):
        file = tmp_path / "policy.toml"
        file.write_text(plain.replace(own, text), encoding="utf-8")
        if good:
            assert load(file).judge.on_judge_failure == "hand_off"
        else:
            with pytest.raises(PolicyError, match=r"judge\."):
                load(file)


async def test_doctor_says_who_judges(tmp_path: Path) -> None:
    """Without calling it; a policy that sends while it is down is named, and so are prompts it can't use."""
    policy = tmp_path / "policy.toml"
    text = shipped("policy.toml").read_text(encoding="utf-8")
    policy.write_text(text.replace('on_judge_failure = "hand_off"', 'on_judge_failure = "send"'), encoding="utf-8")
    base = {"HEEDFUL_DATA_DIR": str(tmp_path / "data"), "HEEDFUL_EMBEDDER": "none"}
    judge = {"HEEDFUL_JUDGE": "openai:judge", "HEEDFUL_JUDGE_BASE_URL": "http://127.0.0.1:9/v1"}

    without = await examine(read(base))
    found = await examine(read({**base, **judge, "HEEDFUL_POLICY": str(policy)}))

    assert without.parts["judge"] == "none: the rules alone decide"
    assert found.parts["judge"].startswith("ok, openai:judge at http://127.0.0.1:9/v1")
    assert [advice for advice in found.advice if "on_judge_failure" in advice]
    assert not [advice for advice in without.advice if "on_judge_failure" in advice]


async def test_customers_are_told_that_a_judge_reads_their_data(tmp_path: Path) -> None:
    """Whoever is asked for consent learns of the judge's provider and country, beside the writer's."""
    environ = {
        "HEEDFUL_DATA_DIR": str(tmp_path / "data"),
        "HEEDFUL_EMBEDDER": "none",
        "HEEDFUL_JUDGE": "openai:judge",
        "HEEDFUL_JUDGE_BASE_URL": "http://127.0.0.1:9/v1",
        "HEEDFUL_JUDGE_WHERE": "KR",
    }
    async with assemble(read(environ)) as ours:
        seen = await ours.customers.control.seen("somebody", "en")

    assert "judge" in json.dumps(seen)
    assert "KR" in json.dumps(seen)


@pytest.mark.parametrize(("language", "said"), [("en", "judge read it once more"), ("ko", "judge 모델이 한 번 더 읽")])
@pytest.mark.parametrize("where", ["KR", "this machine"])
def test_a_receipt_in_words_names_the_judge(language: str, said: str, where: str) -> None:
    """Where it read the reply, too; a receipt without a judge says nothing of one."""
    words, policy = Phrases.load(shipped("prompts") / "your_data"), load(shipped("policy.toml"))
    receipt: dict[str, Any] = {"at": "2026-01-05T09:00:00+00:00", "model": {"name": "none"}}
    judged = {**receipt, "judge": {"name": "judge", "where": where}}

    told, plain = (
        "\n".join(receipt_words(one, words=words, policy=policy, language=language)) for one in (judged, receipt)
    )

    assert "judge" in told
    assert ("KR" in told) is (where == "KR")
    assert said in told or where != "KR"
    assert "judge" not in plain


@pytest.fixture
def server() -> Iterator[Loopback]:
    """A judge that finds one sentence wrong."""
    with Loopback(honest(finding("People of your taste keep theirs.", "creepy_recital"))) as loopback:
        yield loopback


def test_the_command_line_asks_a_judge(server: Loopback, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`heedful check --judge` for one call; the environment's otherwise."""
    monkeypatch.setenv("HEEDFUL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("HEEDFUL_JUDGE_BASE_URL", server.url)
    draft = "People of your taste keep theirs."
    command = ["check", "--text", draft, "--question", "Can I return it?", "--json"]

    told = CliRunner().invoke(app, [*command, "--judge", "openai:judge"])
    monkeypatch.delenv("HEEDFUL_JUDGE_BASE_URL")
    without = CliRunner().invoke(app, command)

    assert told.exit_code == 1, told.output
    assert [one["code"] for one in json.loads(told.stdout)["findings"]] == ["creepy_recital"]
    assert json.loads(without.stdout)["action"] == "send"
    assert len(server.chats) == 1
