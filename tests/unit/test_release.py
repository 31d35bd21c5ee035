"""The gate: what goes out, in which order, and what happens when something does not pass."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from heedful.errors import ModelError, TooLargeError
from heedful.release import Gate, hand_over, release, say
from heedful.values import Action, Event, Finding, Verdict
from tests.scripted import Script, broken, containing, last, pieces, texts, types

pytestmark = pytest.mark.anyio

ANSWER = "You can return it within 7 days [2]. We pay the return. It takes 3 days [1]."
KOREAN = "7일 이내에 반품하실 수 있습니다. [2] 반품 배송비는 저희가 부담합니다. 3일 걸립니다. [1]"


def restored(text: str) -> str:
    """Put the one value back."""
    return text.replace("‹order-1›", "A-1001")


@pytest.mark.parametrize(
    ("answer", "units"),
    [
        (ANSWER, ["You can return it within 7 days [1]. ", "We pay the return. ", "It takes 3 days [2]."]),
        (
            KOREAN,
            ["7일 이내에 반품하실 수 있습니다. [1] ", "반품 배송비는 저희가 부담합니다. ", "3일 걸립니다. [2]"],
        ),
    ],
)
async def test_clean_answer(answer: str, units: list[str]) -> None:
    """Each unit goes out with its markers counted anew, then sources, receipt, reply and end, all recorded."""
    script = Script()

    events = await script.run(answer)

    assert types(events) == ["text", "text", "text", "citations", "receipt", "reply", "done"]
    assert texts(events) == units
    assert [event.content["citations"] for event in events[:3]] == [[1], [], [2]]
    assert [event.content["unit"] for event in events[:3]] == [1, 2, 3]
    assert [item["id"] for item in last(events, "citations")["items"]] == ["p2", "p1"]
    assert list(events) == script.log
    assert {event.reply_id for event in events} == {"reply_1"}


async def test_reply_and_receipt() -> None:
    """The reply holds the whole text, its sources and the receipt as it was recorded."""
    events = await Script().run(ANSWER)

    reply = last(events, "reply")
    assert reply["text"] == "".join(texts(events))
    assert reply["handed_off"] is False
    assert [(item["n"], item["title"]) for item in reply["citations"]] == [(1, "Article 2"), (2, "Article 1")]
    assert reply["receipt"] == last(events, "receipt")
    assert reply["receipt"]["chain"] == {"position": 5, "hash": "c4a1"}
    assert [passage["id"] for passage in reply["receipt"]["passages"]] == ["p2", "p1"]
    assert reply["receipt"]["checks"] == [{"rule": "scripted", "result": "passed"}]
    assert reply["verdict"] == {"action": "send", "findings": [], "observed": []}


async def test_a_unit_is_out_before_the_next_is_written() -> None:
    """A unit goes out as soon as the first word after it can't be a qualifier; the model is still writing then."""
    script, go_on = Script(), asyncio.Event()

    async def writing() -> AsyncIterator[str]:
        yield "Yes, you can. G"
        await go_on.wait()
        yield "ood luck."

    events = release(writing(), script.gate())
    first = await anext(events)
    go_on.set()
    rest = [event async for event in events]

    assert first.content["text"] == "Yes, you can. "
    assert texts(rest) == ["Good luck."]


async def test_qualifier_leaves_with_what_it_qualifies() -> None:
    """“Yes, you can.” never goes out without its “unless”: both are checked and sent as one."""
    bad = Script(rules=[containing("opened", Action.HAND_OFF, "guard_failure")])

    good = await Script().run("Yes, you can. Unless it is opened. Bye.")
    events = await bad.run("Yes, you can. Unless it is opened. Bye.")

    assert texts(good) == ["Yes, you can. Unless it is opened. ", "Bye."]
    assert texts(events) == []


async def test_marker_without_a_passage() -> None:
    """A marker that stands for no passage is removed with its space, and the receipt records it."""
    script = Script()

    events = await script.run("You can [7]. We pay [3].")

    assert texts(events) == ["You can. ", "We pay [1]."]
    assert script.outcomes[0].removed_markers == (7,)
    assert {"rule": "markers", "result": "found"} in last(events, "receipt")["checks"]


async def test_placeholders_are_put_back_before_the_check() -> None:
    """The guard sees the value that the customer will see."""
    script = Script(rules=[containing("A-1001", Action.HAND_OFF, "cross_channel")])

    events = await script.run(
        "Hello. Your order is ‹order-1›. Bye.", restore=lambda text: text.replace("‹order-1›", "A-1001")
    )

    assert script.checked[1][0] == "Hello. Your order is A-1001. "
    assert texts(events) == ["Hello. "]


async def test_placeholder_that_the_model_made_up() -> None:
    """A placeholder that stands for nothing is a finding: the draft is written again."""
    script = Script(revision="Your order is on its way.")

    def unknown(text: str) -> list[tuple[int, int]]:
        return [(text.index("‹order-9›"), text.index("‹order-9›") + 9)] if "‹order-9›" in text else []

    events = await script.run("Hello. Your order is ‹order-9›.", unknown=unknown)

    assert texts(events) == ["Hello. ", "Your order is on its way."]
    assert script.revisions == [("Hello. ", ("ungrounded",))]
    assert last(events, "receipt")["changed"] == ["ungrounded"]


async def test_redaction_is_checked_again() -> None:
    """A masked unit goes out after a second check; the reply tells what was masked and where."""
    script = Script(rules=[containing("010-1234-5678", Action.REDACT, "third_party", mask="[phone]")])

    events = await script.run("Call Kim at 010-1234-5678 today. Bye.")

    reply = last(events, "reply")
    assert texts(events) == ["Call Kim at [phone] today. ", "Bye."]
    assert [draft for draft, *_ in script.checked][:2] == [
        "Call Kim at 010-1234-5678 today. ",
        "Call Kim at [phone] today. ",
    ]
    finding = reply["verdict"]["findings"][0]
    assert reply["verdict"]["action"] == "redact"
    assert reply["text"][finding["start"] : finding["end"]] == "[phone]"
    assert reply["receipt"]["changed"] == ["third_party"]


async def test_redaction_that_does_not_help() -> None:
    """When the masked text does not pass either it is written again, and then a person takes over."""
    script = Script(
        rules=[
            containing("Kim", Action.REDACT, "third_party", mask="Mr. K."),
            containing("K.", Action.REDACT, "x", mask="K."),
        ],
        revision="Ask Kim.",
    )

    events = await script.run("Hello. Ask Kim. Bye.")

    assert texts(events) == ["Hello. "]
    assert len(script.revisions) == 1
    assert last(events, "hand_off")["reason"] == "guard"


async def test_sales_pressure_is_left_out_whole() -> None:
    """The sentence goes, what is around it stays, and numbering goes on without its marker."""
    script = Script(rules=[containing("Buy two [1]!", Action.REDACT, "sales_pressure")])

    events = await script.run("Here it is.\n\nBuy two [4]! \n\n- It is blue [2].")

    assert "".join(texts(events)) == "Here it is.\n\n- It is blue [1]."
    assert [item["id"] for item in last(events, "citations")["items"]] == ["p2"]


async def test_paragraph_break_survives_a_left_out_sentence() -> None:
    """A list that follows a left-out sentence is still a list."""
    script = Script(rules=[containing("Buy two now!", Action.REDACT, "sales_pressure")])

    events = await script.run("Here it is. Buy two now!\n\n- It is blue.")

    assert "".join(texts(events)) == "Here it is. \n\n- It is blue."


async def test_nothing_left_after_redaction() -> None:
    """A reply of which everything was left out is no reply: a person takes over."""
    script = Script(rules=[containing("Buy two now!", Action.REDACT, "sales_pressure")])

    events = await script.run("Buy two now!")

    assert types(events) == ["hand_off", "receipt", "reply", "done"]


async def test_missing_notice_is_added() -> None:
    """The notice that an AI writes is inserted before the first unit and checked with it."""

    def rule(draft: str, start: int, end: int, final: bool) -> Iterable[Finding]:
        if "An AI writes." not in draft:
            yield Finding("missing_ai_notice", Action.REDACT, "notice", 0, 0, mask="An AI writes.")

    events = await Script(rules=[rule]).run("You can. We pay.")

    assert texts(events) == ["An AI writes.\n\nYou can. ", "We pay."]


async def test_one_revision() -> None:
    """A failed unit is written again once, after what is out; sentences that repeat it are dropped."""
    script = Script(
        rules=[containing("₩9,900", Action.REVISE, "ungrounded")],
        revision="YOU CAN return it [1]! It is free. We collect it [4].",
    )

    events = await script.run("You can return it [3]. It costs ₩9,900. We collect it.")

    assert texts(events) == ["You can return it [1]. ", "It is free. ", "We collect it [2]."]
    assert script.revisions == [("You can return it [1]. ", ("ungrounded",))]
    assert [item["id"] for item in last(events, "citations")["items"]] == ["p3", "p4"]
    assert last(events, "receipt")["changed"] == ["ungrounded"]
    assert last(events, "reply")["verdict"]["action"] == "send"


async def test_second_failure() -> None:
    """A second failure stops the reply; the hand-off says that what is above is not complete."""
    script = Script(rules=[containing("₩", Action.REVISE, "ungrounded")], revision="It is ₩8. It is free.")

    events = await script.run("You can. It costs ₩9. We collect it.")

    assert types(events) == ["text", "hand_off", "receipt", "reply", "done"]
    assert last(events, "hand_off") == {
        "reason": "guard",
        "text": "The answer above is not complete.",
        "next": "You do not have to do anything.",
    }
    reply = last(events, "reply")
    assert reply["handed_off"] is True
    assert reply["text"] == "You can.\n\nThe answer above is not complete."
    assert reply["verdict"]["action"] == "revise"
    assert len(script.revisions) == 1


@pytest.mark.parametrize("action", [Action.HAND_OFF, Action.BLOCK])
async def test_stopping_actions(action: Action) -> None:
    """Hand_off and block stop at once, without a revision."""
    script = Script(rules=[containing("Kim", action, "other_customer")], revision="Fine.")

    events = await script.run("Kim lives there. Bye.")

    assert types(events) == ["hand_off", "receipt", "reply", "done"]
    assert last(events, "reply")["text"] == "A person answers this."
    assert script.revisions == []


async def test_a_person_was_asked_for() -> None:
    """A request that only a person can act on is handed off in its own words."""
    script = Script(rules=[containing("Yes", Action.HAND_OFF, "rights_ignored")])

    events = await script.run("Yes.")

    assert last(events, "hand_off")["reason"] == "asked"
    assert last(events, "hand_off")["text"] == "I am passing you on."


async def test_check_that_raises() -> None:
    """A check that could not run stops the reply, and the receipt says so."""

    async def check(draft: str, start: int, end: int, final: bool) -> Verdict:
        if "pay" in draft:
            raise RuntimeError("no rule table")
        return Verdict()

    events = await Script().run("You can. We pay. Bye.", check=check)

    assert texts(events) == ["You can. "]
    assert last(events, "reply")["verdict"]["findings"][0]["code"] == "guard_failure"
    assert last(events, "receipt")["checks"] == [{"rule": "release", "result": "failed"}]


async def test_check_that_hangs() -> None:
    """A check that does not answer in its time counts as one that could not run."""

    async def check(draft: str, start: int, end: int, final: bool) -> Verdict:
        await asyncio.Event().wait()
        return Verdict()

    events = await Script().run("You can.", check=check, check_timeout_s=0.02)

    assert types(events) == ["hand_off", "receipt", "reply", "done"]


async def test_last_unit_waits_for_the_whole_draft() -> None:
    """The last unit is held until the rules that need the whole have passed; they run once, at the end."""

    def rule(draft: str, start: int, end: int, final: bool) -> Iterable[Finding]:
        if final and "returns" not in draft:
            yield Finding("incomplete", Action.REVISE, "whole", start, end)

    script = Script(rules=[rule], revision="We take returns.")

    events = await script.run("You can. We pay. Bye.")

    assert texts(events) == ["You can. ", "We pay. ", "We take returns."]
    assert [(draft, final) for draft, _, _, final in script.checked if final] == [
        ("You can. We pay. Bye.", True),
        ("You can. We pay. We take returns.", True),
    ]


async def test_consent_withdrawn_midway() -> None:
    """A unit that rests on a consent withdrawn meanwhile is not released; what is out stays."""
    withdrawn = False

    def rule(draft: str, start: int, end: int, final: bool) -> Iterable[Finding]:
        return containing("A-1001", Action.REVISE, "unconsented_fact")(draft, start, end, final) if withdrawn else ()

    script = Script(rules=[rule])
    events = release(pieces(["It is A-1001. So A-1001 came. Bye."]), script.gate())
    first = await anext(events)
    withdrawn = True
    rest = [event async for event in events]

    assert first.content["text"] == "It is A-1001. "
    assert types(rest) == ["hand_off", "receipt", "reply", "done"]


async def test_model_fails_before_anything_is_out() -> None:
    """The caller hears of it, and may let another writer step in."""
    script = Script(second_try="Never asked.")

    with pytest.raises(ModelError, match="cut"):
        await script.run("You can", error=broken())

    assert script.log == []
    assert script.retries == []


async def test_model_fails_midway() -> None:
    """After a unit is out there is one retry, which goes on from there."""
    script = Script(second_try="You can. We pay.")

    events = await script.run("You can. We p", error=broken())

    assert texts(events) == ["You can. ", "We pay."]
    assert script.retries == ["You can. "]
    assert last(events, "reply")["handed_off"] is False


@pytest.mark.parametrize("script", [Script(), Script(second_try=""), Script(second_error=broken())])
async def test_model_fails_twice(script: Script) -> None:
    """Without a retry that works a person takes over."""
    events = await script.run("You can. We p", error=broken())

    assert types(events) == ["text", "hand_off", "receipt", "reply", "done"]
    assert last(events, "hand_off")["reason"] == "model_down"


async def test_adapter_with_a_defect() -> None:
    """Whatever an adapter raises counts as a failed model, so that the reply comes to its end."""
    with pytest.raises(ModelError) as failure:
        await Script().run("You can", error=KeyError("choices"))
    events = await Script().run("You can. We p", error=KeyError("choices"))

    assert failure.value.code == "model_failed"
    assert types(events)[-4:] == ["hand_off", "receipt", "reply", "done"]


async def test_question_that_fits_no_prompt() -> None:
    """What is wrong with the question is told as it is; once something is out a person takes over."""
    with pytest.raises(TooLargeError):
        await Script().run("You can", error=TooLargeError("the question is too long"))
    events = await Script().run("You can. We p", error=TooLargeError("the question is too long"))

    assert types(events) == ["text", "hand_off", "receipt", "reply", "done"]


@pytest.mark.parametrize("mode", ["unit", "whole"])
@pytest.mark.parametrize("answer", ["", " \n\n "])
async def test_empty_answer(mode: str, answer: str) -> None:
    """A draft of nothing but white space is a model's failure."""
    with pytest.raises(ModelError) as failure:
        await Script().run(answer, mode=mode)

    assert failure.value.code == "model_empty"


async def test_endless_answer() -> None:
    """An answer that never ends is cut off."""

    async def endless() -> AsyncIterator[str]:
        while True:
            yield "And another sentence. "

    events = [event async for event in release(endless(), Script().gate())]

    assert types(events)[-4:] == ["hand_off", "receipt", "reply", "done"]
    assert len("".join(texts(events))) <= 20_000


async def test_revision_that_only_repeats() -> None:
    """A revision that adds nothing ends the reply where it was: what failed is simply not there."""
    script = Script(rules=[containing("₩", Action.REVISE, "ungrounded")], revision="You can.")

    events = await script.run("You can. It costs ₩9.")

    assert types(events) == ["text", "citations", "receipt", "reply", "done"]
    assert last(events, "reply")["text"] == "You can."
    assert script.checked[-1] == ("You can. ", 9, 9, True)


async def test_whole_release() -> None:
    """The whole draft is checked at once, and goes out as one."""
    script = Script(rules=[containing("Kim", Action.REDACT, "third_party", mask="[name]")])

    events = await script.run("You can [3]. Ask Kim. Or Kim again.\n", mode="whole")

    assert texts(events) == ["You can [1]. Ask [name]. Or [name] again."]
    assert [final for *_, final in script.checked] == [True, True]
    assert events[0].content == {"stage": "checking"}
    assert events[0].id is None


async def test_whole_release_writes_the_whole_again() -> None:
    """One revision replaces the whole draft; what the first one said may be said again."""
    script = Script(rules=[containing("₩", Action.REVISE, "ungrounded")], revision="You can. It is free.")

    events = await script.run("You can. It costs ₩9.", mode="whole")

    assert texts(events) == ["You can. It is free."]
    assert script.revisions == [("", ("ungrounded",))]


async def test_whole_release_that_fails() -> None:
    """Nothing of a whole draft that failed twice is out."""
    script = Script(rules=[containing("₩", Action.REVISE, "ungrounded")], revision="It costs ₩8.")

    events = await script.run("You can. It costs ₩9.", mode="whole")

    assert types(events) == ["hand_off", "receipt", "reply", "done"]
    assert last(events, "reply")["text"] == "A person answers this."


async def test_say() -> None:
    """A person's own words leave by the same gate, as one, and are never written again."""
    script = Script(rules=[containing("₩", Action.REVISE, "ungrounded")], revision="Never asked.")

    good = [event async for event in say("Hello, Mina. I am Jun, press [9].", script.gate())]
    bad = [event async for event in say("It costs ₩9.", script.gate())]

    assert texts(good) == ["Hello, Mina. I am Jun, press [9]."]
    assert last(good, "reply")["citations"] == []
    assert types(bad) == ["hand_off", "receipt", "reply", "done"]
    assert script.revisions == []


async def test_hand_over() -> None:
    """A reply that goes to a person without a draft is recorded and ended like any other."""
    script, broken_record = Script(), Script(fails_at_record=0)

    events = [event async for event in hand_over("asked", script.gate())]
    error = [event async for event in hand_over("asked", broken_record.gate())]

    assert types(events) == ["hand_off", "receipt", "reply", "done"]
    assert last(events, "reply")["text"] == "I am passing you on."
    assert types(error) == ["error"]


async def test_what_has_to_be_said_first_comes_before_the_person() -> None:
    """An instruction is checked, cited and out before the hand-off; it is whole, so nothing is called incomplete."""
    events = [event async for event in hand_over("danger", Script().gate(), first="Move away and call 119. [1]")]

    assert types(events)[-6:] == ["text", "citations", "hand_off", "receipt", "reply", "done"]
    assert texts(events) == ["Move away and call 119. [1]"]
    assert last(events, "hand_off")["reason"] == "danger"
    assert last(events, "reply")["handed_off"]
    assert last(events, "reply")["text"].startswith("Move away and call 119. [1]\n\n")
    assert [one["n"] for one in last(events, "reply")["citations"]] == [1]


async def test_an_instruction_that_does_not_pass_leaves_our_own_words() -> None:
    """Whatever the check says of the quoted words, a person takes over, with what we say ourselves."""
    script = Script(rules=[containing("119", Action.REVISE, "ungrounded")], revision="Never asked.")

    events = [event async for event in hand_over("danger", script.gate(), first="Call 119. [1]")]

    assert texts(events) == []
    assert last(events, "hand_off")["reason"] == "danger"
    assert script.revisions == []


@pytest.mark.parametrize("nth", range(3))
async def test_record_that_fails(nth: int) -> None:
    """What is not recorded is not yielded, and nothing comes after it but an error."""
    script = Script(fails_at_record=nth)

    events = await script.run("You can. We pay. Bye.")

    assert texts(events) == ["You can. ", "We pay. ", "Bye."][: min(nth, 2)]
    assert types(events)[-1] == "error"
    assert last(events, "error")["code"] == "store"
    assert last(events, "error")["detail"] == "Please try again."
    assert events[:-1] == script.log[: len(events) - 1]


@pytest.mark.parametrize("answer", ["You can. We pay. Bye.", "You can. Onl"])
async def test_stop_between_units(answer: str) -> None:
    """What has come but is not out when the reply is stopped stays inside."""
    script, stopped = Script(), asyncio.Event()

    async def record(events: Any, then: Any = None) -> tuple[Event, ...]:
        stopped.set()
        return await script.record(events, then)

    events = await script.run(answer, "", stopped=stopped, record=record)

    assert len(texts(events)) == 1
    assert types(events)[-1] == "done"


async def test_stop_while_the_model_writes() -> None:
    """`stopped` ends a reply at once, also while the model is silent, and cancels the model's call."""
    script, stopped, cancelled = Script(), asyncio.Event(), asyncio.Event()

    async def silent() -> AsyncIterator[str]:
        try:
            yield "You can. We"
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    events: list[Event] = []
    async for event in release(silent(), script.gate(stopped=stopped)):
        events.append(event)
        stopped.set()

    assert types(events) == ["text", "done"]
    assert last(events, "done") == {"stopped": True}
    assert events == script.log
    assert cancelled.is_set()


async def test_stop_while_the_model_is_silent() -> None:
    """Half a unit that is there when the reply is stopped does not leave as if it were the last."""
    script, stopped = Script(), asyncio.Event()

    async def silent() -> AsyncIterator[str]:
        yield "You can. We do not"
        asyncio.get_running_loop().call_later(0.005, stopped.set)
        await asyncio.Event().wait()

    events = [event async for event in release(silent(), script.gate(stopped=stopped))]

    assert [event.type for event in events] == ["text", "done"]
    assert texts(events) == ["You can. "]


async def test_closing() -> None:
    """Closing the generator keeps what was released and records the end."""
    script = Script()
    events = release(pieces(["You can. We pay. Bye."]), script.gate())
    await anext(events)

    await events.aclose()

    assert types(script.log) == ["text", "done"]
    assert last(script.log, "done") == {"stopped": True}


async def test_cancelling() -> None:
    """Cancelling the task that reads keeps what was released and records the end, also when the record is slow."""
    script = Script()

    async def record(events: Any, then: Any = None) -> tuple[Event, ...]:
        await asyncio.sleep(0.001)
        return await script.record(events, then)

    async def read() -> None:
        async for _event in release(silent(), script.gate(record=record)):
            reached.set()

    async def silent() -> AsyncIterator[str]:
        yield "You can. We"
        await asyncio.Event().wait()

    reached = asyncio.Event()
    task = asyncio.create_task(read())
    await reached.wait()
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    assert types(script.log) == ["text", "done"]


async def test_a_finished_reply_is_not_ended_twice() -> None:
    """A reader who leaves while the last events are handed out finds the reply whole in the record."""
    script = Script()
    async for event in (events := release(pieces(["You can. Bye."]), script.gate())):
        if event.type == "citations":
            break
    await events.aclose()

    assert types(script.log) == ["text", "text", "citations", "receipt", "reply", "done"]
    assert last(script.log, "done") == {}


def test_gate_is_frozen() -> None:
    """Nothing can loosen a gate once it is made."""
    gate: Gate = Script().gate()

    with pytest.raises(AttributeError):
        gate.mode = "whole"  # type: ignore[misc]
