"""Style at the gate: safety first, one rewrite with the reasons, and never a reply held back for how it sounds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heedful.customers import WORDS
from heedful.gate import Style
from heedful.phrases import Phrases
from heedful.policy import load
from heedful.receipt_words import receipt_words
from heedful.settings import shipped
from heedful.values import Action
from tests.scripted import Script, broken, containing, last, texts, types

pytestmark = pytest.mark.anyio

BAD, GOOD = "We are so sorry. It takes 3 days. Bye.", "It takes 3 days. Bye."


async def advise(draft: str, final: bool) -> Style:
    """Find an apology, a filler that waits for what follows, and in the whole a farewell."""
    rules = [rule for words, rule in (("sorry", "over_apology"), ("glad", "claims_feeling")) if words in draft]
    return Style((*rules, *(["too_long"] if final and "Bye" in draft else [])), waits=draft.strip() == "Thanks.")


def styled(**changes: Any) -> dict[str, Any]:
    """Return a gate's changes that let style have its say."""
    return {"advise": advise, "mends_style": True, **changes}


async def test_a_whole_draft_is_written_better_before_anything_is_shown() -> None:
    """In whole release one rewrite is asked for with the ids of the rules, and the second text goes out."""
    script = Script(revision=GOOD)

    events = await script.run(BAD, **styled(mode="whole"))

    assert script.revisions == [("", ("over_apology", "too_long"))]
    assert texts(events) == [GOOD]
    receipt = last(events, "receipt")
    assert receipt["changed"] == ["style:over_apology", "style:too_long"]
    assert {"rule": "style:too_long", "result": "found"} in receipt["checks"]


async def test_the_second_text_goes_out_whatever_style_says() -> None:
    """A second failure of style alone never stops a reply, and asks for no third text."""
    script = Script(revision="Sorry, I am glad. Very sorry.")

    events = await script.run(BAD, **styled(mode="whole"))

    assert texts(events) == ["Sorry, I am glad. Very sorry."]
    assert last(events, "reply")["handed_off"] is False
    assert len(script.revisions) == 1


async def test_the_opening_is_mended_before_it_is_shown_and_the_rest_recorded() -> None:
    """In unit release a bad first unit is never seen; what is wrong with the whole stands in the receipt."""
    script = Script(revision=GOOD)

    events = await script.run(BAD, **styled())

    assert texts(events) == ["It takes 3 days. ", "Bye."]
    assert script.revisions == [("", ("over_apology",))]
    assert {"rule": "style:too_long", "result": "found"} in last(events, "receipt")["checks"]


async def test_what_is_out_is_not_written_again_for_its_style() -> None:
    """After the opening style is recorded only."""
    script = Script(revision=GOOD)

    events = await script.run("It takes 3 days. I am glad. Really.", **styled())

    assert texts(events) == ["It takes 3 days. ", "I am glad. ", "Really."]
    assert script.revisions == []
    assert {"rule": "style:claims_feeling", "result": "found"} in last(events, "receipt")["checks"]


async def test_an_opening_that_says_nothing_yet_waits_for_the_next_sentence() -> None:
    """It is checked and shown together with what follows it."""
    script = Script(revision=GOOD)

    events = await script.run("Thanks. It takes 3 days. Really.", **styled())

    assert texts(events) == ["Thanks. It takes 3 days. ", "Really."]
    assert ("Thanks. It takes 3 days. ", 0, 25, False) in script.checked


async def test_guard_and_style_share_the_one_rewrite() -> None:
    """What both have against a draft is told at once; a second failure of the guard is for a person."""
    script = Script(rules=[containing("₩", Action.REVISE, "ungrounded")], revision="It costs ₩8.")

    events = await script.run("We are sorry, it costs ₩9.", **styled(mode="whole"))

    assert script.revisions == [("", ("ungrounded", "over_apology"))]
    assert types(events) == ["hand_off", "receipt", "reply", "done"]


@pytest.mark.parametrize("mode", ["unit", "whole"])
async def test_a_rewrite_that_is_not_safe_gives_way_to_the_first_text(mode: str) -> None:
    """The first text was safe: it goes out as it was, checked again, when the better one may not."""
    script = Script(
        rules=[containing("₩", Action.REVISE, "ungrounded")], revision="It costs ₩8.", second_try="It takes 3 days."
    )

    events = await script.run("We are so sorry. It takes 3 days.", **styled(mode=mode))

    assert "".join(texts(events)) == "We are so sorry. It takes 3 days."
    assert last(events, "reply")["handed_off"] is False
    assert script.retries == ([] if mode == "whole" else ["We are so sorry. "])


async def test_a_rewrite_that_fails_gives_way_to_the_first_text() -> None:
    """A model that breaks off while it writes better costs nobody the reply."""
    script = Script(revision="")

    events = await script.run(BAD, **styled(mode="whole"))

    assert texts(events) == [BAD]
    assert last(events, "reply")["handed_off"] is False


async def test_the_first_text_is_checked_again_before_it_goes_out() -> None:
    """What was safe before the rewrite may not be so after it: then a person takes over."""
    script = Script(revision="It costs ₩8.")

    def rule(draft: str, start: int, end: int, final: bool) -> Any:
        if script.revisions:
            yield from containing("3 days" if "3 days" in draft else "₩", Action.REVISE, "x")(draft, start, end, final)

    script.rules = [rule]
    events = await script.run(BAD, **styled(mode="whole"))

    assert types(events) == ["hand_off", "receipt", "reply", "done"]


async def test_a_writer_that_writes_nothing_anew_is_not_asked() -> None:
    """Without a writer who can mend it, style is recorded and nothing is held."""
    script = Script(revision=GOOD)

    events = await script.run("Thanks. Sorry. Bye.", **styled(mends_style=False))

    assert texts(events) == ["Thanks. ", "Sorry. ", "Bye."]
    assert script.revisions == []


@pytest.mark.parametrize("mode", ["unit", "whole"])
async def test_style_that_can_not_be_read_holds_nothing_back(mode: str) -> None:
    """What fails here is no check of safety: the reply goes out, and the receipt says so."""

    async def fails(draft: str, final: bool) -> Style:
        raise TimeoutError

    events = await Script(revision=GOOD).run(BAD, **styled(mode=mode, advise=fails))

    assert "".join(texts(events)) == BAD
    assert {"rule": "style", "result": "failed"} in last(events, "receipt")["checks"]


async def test_style_never_lets_through_what_the_guard_stops() -> None:
    """A draft that may not go does not go, however well it is said."""
    script = Script(rules=[containing("Kim", Action.BLOCK, "other_customer")], revision=GOOD)

    events = await script.run("Sorry, Kim.", **styled(mode="whole"))

    assert types(events) == ["hand_off", "receipt", "reply", "done"]
    assert script.revisions == []


async def test_a_model_that_fails_while_its_opening_waits() -> None:
    """Nothing has been shown: another writer may step in."""
    with pytest.raises(Exception, match="cut"):
        await Script(revision=GOOD).run("Thanks. It ta", error=broken(), **styled())


SENTENCES = ["Thanks.", "It takes 3 days.", "We are sorry.", "I am glad.", "It costs ₩9.", "Ask Kim.", "Bye."]
DRAFTS = st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=6).map(" ".join)
RULES = (containing("₩", Action.REVISE, "ungrounded"), containing("Kim", Action.BLOCK, "other_customer"))


@settings(max_examples=80, deadline=None)
@given(DRAFTS, DRAFTS, DRAFTS, st.sampled_from(["unit", "whole"]))
async def test_with_style_the_gate_is_as_strict_as_without(draft: str, better: str, rest: str, mode: str) -> None:
    """Whatever is written, what goes out has passed its check as it stands, one rewrite is the most, and it ends."""
    script = Script(RULES, revision=better, second_try=rest)

    events = await script.run(draft, **styled(mode=mode))

    released = "".join(texts(events))
    assert not released or any(checked.startswith(released.rstrip()) for checked in script.sent)
    assert "₩" not in released
    assert "Kim" not in released
    assert len(script.revisions) <= 1
    assert types(events)[-3:] == ["receipt", "reply", "done"]


@settings(max_examples=60, deadline=None)
@given(DRAFTS, DRAFTS, st.sampled_from(["unit", "whole"]))
async def test_style_alone_never_hands_a_reply_off(draft: str, better: str, mode: str) -> None:
    """Where the guard has nothing against either text the reply goes out."""
    events = await Script(revision=better).run(draft, **styled(mode=mode))

    assert last(events, "reply")["handed_off"] is False
    assert texts(events)


def test_the_receipt_in_words_says_nothing_of_style() -> None:
    """How a reply sounds is no matter of the customer's data."""
    receipt: dict[str, Any] = {
        "at": "2026-11-22T11:34:56+09:00",
        "checks": [{"rule": "secret_leak", "result": "passed"}],
        "changed": ["ungrounded"],
    }
    styled_receipt = {
        **receipt,
        "checks": [
            *receipt["checks"],
            {"rule": "style:blame", "result": "found"},
            {"rule": "style", "result": "failed"},
        ],
        "changed": ["ungrounded", "style:blame"],
    }
    words, policy = Phrases.load(shipped("prompts") / WORDS), load(shipped("policy.toml"))

    said = [receipt_words(one, words=words, policy=policy, language="en") for one in (receipt, styled_receipt)]

    assert said[0] == said[1]
