"""What holds of the gate for every draft, every cutting of it and every outcome of its checks.

One test for each line of the gate's law: units, qualifiers, markers, placeholders, redaction, the one revision, the
held last unit, stopping, the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heedful.holding import Holder
from heedful.markers import used
from heedful.qualifiers import begins_with_qualifier
from heedful.release import release
from heedful.values import Action, Event, Finding, Verdict
from tests.scripted import PASSAGES, Script, broken, containing, cut, last, pieces, texts, types

drawn = settings(max_examples=60, deadline=None)  # a slow machine is no failure

pytestmark = pytest.mark.anyio

GOOD = [
    "Yes, you can.",
    "You can return it within 7 days [2].",
    "Unless it has been opened [1].",
    "However, lamps are an exception. [3]",
    "We collect it at 9 a.m. or later",
    "Your order ‹order-1› is on its way.",
    "Is it “open”? Then write to help@dalbit.example.",
    "See https://help.dalbit.example/en/returns?a=1.b for more…",
    "네, 가능합니다. [4]",
    "단, 개봉한 상품은 제외됩니다. [1]",
    "다만 “괜찮아요.”라고 하셔도 기한은 2026. 11. 22. 까지입니다.",
    "주문 ‹order-1›은 배송 중입니다 [7]",
    "얼마나 걸리나요? 보통 3일입니다!",
    "고객센터 번호는 1566-0000",
]
REDACTED = ["Call Kim at 010-1234-5678 today.", "담당자 번호는 010-1234-5678입니다. [2]"]
LEFT_OUT = ["Only 2 left, buy now! [4]", "지금 바로 구매하세요! [3]"]
FAILING = ["It costs ₩9,900 [1].", "배송비는 ₩9,900입니다.", "But it costs ₩9,900."]
STOPPING = ["Her address is 5 Hill Road.", "그분의 주소는 5 Hill Road입니다."]

RULES = (
    containing("010-1234-5678", Action.REDACT, "third_party", mask="[…]"),
    *(containing(words.split(" [")[0], Action.REDACT, "sales_pressure") for words in LEFT_OUT),
    containing("₩9,900", Action.REVISE, "ungrounded"),
    containing("5 Hill Road", Action.BLOCK, "other_customer"),
)
SEPARATORS = st.sampled_from([" ", " ", " ", "\n", "\n\n", "\n- ", "\n2. "])


def drafts(sentences: Sequence[str], *, least: int = 1) -> st.SearchStrategy[str]:
    """Return drafts of these sentences, as running text and as lists."""
    pairs = st.lists(st.tuples(st.sampled_from(sentences), SEPARATORS), min_size=least, max_size=7)
    return pairs.map(lambda chosen: "".join(sentence + separator for sentence, separator in chosen))


CLEAN = drafts(GOOD)
ANY = drafts([*GOOD, *REDACTED, *LEFT_OUT, *FAILING, *STOPPING])
PLACES = st.lists(st.integers(0, 2_000), max_size=40)


def restored(text: str) -> str:
    """Put the one value back."""
    return text.replace("‹order-1›", "A-1001")


async def run(draft: str, places: Iterable[int], script: Script) -> list[Event]:
    """Release a draft cut at these places."""
    return await script.run(*cut(draft, places), restore=restored)


@drawn
@given(ANY, ANY, PLACES)
async def test_every_cutting_releases_the_same(draft: str, revision: str, places: list[int]) -> None:
    """However the stream comes in pieces, the same events leave, in the same order."""
    one, other = Script(RULES, revision=revision), Script(RULES, revision=revision)

    in_pieces = await run(draft, places, one)
    in_one = await run(draft, [], other)

    assert [(event.type, event.content) for event in in_pieces] == [(event.type, event.content) for event in in_one]
    assert one.checked == other.checked


@drawn
@given(ANY, ANY, PLACES)
async def test_released_text_is_a_prefix_of_checked_text(draft: str, revision: str, places: list[int]) -> None:
    """At every moment what is out begins a draft that the check let go, and none of it was found."""
    script = Script(RULES, revision=revision)

    released = ""
    async for event in release(pieces(cut(draft, places)), script.gate(restore=restored)):
        released += event.content["text"] if event.type == "text" else ""

        assert released == "" or any(sent.startswith(released) for sent in script.sent)
    assert not any(words in released for words in ("₩9,900", "5 Hill Road", "010-1234-5678", "buy now", "구매하세요"))


@drawn
@given(CLEAN, st.sampled_from([*FAILING, *STOPPING]), CLEAN, PLACES)
async def test_nothing_leaves_after_a_failure(before: str, bad: str, after: str, places: list[int]) -> None:
    """A unit that failed is never skipped over: without a revision the reply stops before it, and says so."""
    script = Script(RULES)

    events = await run(f"{before}\n\n{bad}\n\n{after}", places, script)

    whole = "".join(texts(await run(before, [], Script())))
    assert whole.startswith("".join(texts(events)).rstrip())
    assert types(events)[-4:] == ["hand_off", "receipt", "reply", "done"]
    assert last(events, "reply")["handed_off"] is True
    incomplete = "The answer above is not complete."
    assert (last(events, "hand_off")["text"] == incomplete) == bool(texts(events))


@drawn
@given(ANY, PLACES)
async def test_no_unit_leaves_before_its_qualifier(draft: str, places: list[int]) -> None:
    """Nothing but the first text of a reply begins with a qualifier."""
    events = await run(draft, places, Script(RULES))

    for text in texts(events)[1:]:
        assert not begins_with_qualifier(text, ended=True)


@drawn
@given(CLEAN, st.sampled_from(["Yes, you can.", "네, 가능합니다."]), CLEAN, PLACES)
async def test_yes_never_leaves_without_its_unless(before: str, yes: str, after: str, places: list[int]) -> None:
    """When what a “yes” hangs on fails, the “yes” is not out either."""
    unless = "Unless it costs ₩9,900." if yes.isascii() else "단, 배송비는 ₩9,900입니다."

    events = await run(f"{before}\n\nSo: {yes} {unless} {after}", places, Script(RULES))

    assert f"So: {yes}" not in "".join(texts(events))


@drawn
@given(ANY, ANY, PLACES)
async def test_citations_are_exactly_those_used(draft: str, revision: str, places: list[int]) -> None:
    """Markers count 1, 2, 3 … by first appearance, each stands for a passage, and all are listed."""
    script = Script(RULES, revision=revision)

    events = await run(draft, places, script)

    text = "".join(texts(events))
    reply = last(events, "reply")
    assert used(text) == tuple(range(1, len(reply["citations"]) + 1))
    assert [citation["n"] for citation in reply["citations"]] == list(used(text))
    assert "[7]" not in text
    assert [mark for event in events if event.type == "text" for mark in event.content["citations"]] == [
        mark for unit in texts(events) for mark in used(unit)
    ]
    if not reply["handed_off"]:
        assert last(events, "citations")["items"] == reply["citations"]


@drawn
@given(drafts([*GOOD, *REDACTED]), PLACES)
async def test_markers_keep_their_passages(draft: str, places: list[int]) -> None:
    """The passage a sentence cites in the draft is the one it cites in the reply, masked or not."""
    events = await run(draft, places, Script(RULES))

    cited = {citation["n"]: citation["id"] for citation in last(events, "reply")["citations"]}
    ranks = [PASSAGES[rank - 1].id for rank in map(int, _numbers(draft)) if rank <= len(PASSAGES)]
    assert [cited[int(n)] for n in _numbers("".join(texts(events)))] == ranks


def _numbers(text: str) -> list[str]:
    return [part[0] for part in text.split("[")[1:] if part[1:2] == "]" and part[0].isdigit()]


@drawn
@given(ANY, PLACES)
async def test_placeholders_are_restored_before_the_check(draft: str, places: list[int]) -> None:
    """Neither the check nor the customer ever sees a known placeholder."""
    script = Script(RULES)

    events = await run(draft, places, script)

    assert not any("‹" in checked for checked, *_ in script.checked)
    assert "‹" not in "".join(texts(events))


@drawn
@given(CLEAN, st.sampled_from(["Take ‹order-9›.", "주문 ‹card-2›는 없습니다."]), CLEAN, PLACES)
async def test_made_up_placeholders_never_leave(before: str, bad: str, after: str, places: list[int]) -> None:
    """A placeholder that stands for nothing stops its unit as a finding does."""

    def unknown(text: str) -> list[tuple[int, int]]:
        return [(at, at + 9) for at, character in enumerate(text) if character == "‹"]

    script = Script()
    events = await script.run(*cut(f"{before}\n\n{bad}\n\n{after}", places), restore=restored, unknown=unknown)

    assert "‹" not in "".join(texts(events))
    assert last(events, "reply")["verdict"]["findings"][-1]["code"] == "ungrounded"


@drawn
@given(ANY, ANY, PLACES)
async def test_revised_once(draft: str, revision: str, places: list[int]) -> None:
    """There is one revision at most, told what is out and the codes, never a value; nothing is said twice."""
    script = Script(RULES, revision=revision)

    events = await run(draft, places, script)

    assert len(script.revisions) <= 1
    for released, codes in script.revisions:
        assert "".join(texts(events)).startswith(released)
        assert set(codes) <= {"ungrounded", "third_party", "sales_pressure"}
        assert codes


@drawn
@given(drafts(GOOD, least=3), st.sampled_from(FAILING))
async def test_a_revision_repeats_nothing(draft: str, bad: str) -> None:
    """A revision that starts from the beginning again adds only what was not out."""
    script = Script(RULES, revision=draft)

    events = await run(f"{draft}\n\n{bad}", [], script)

    assert len(script.revisions) == 1
    again = "".join(texts(events)).removeprefix(script.revisions[0][0])
    assert not set(_sentences(script.revisions[0][0])) & set(_sentences(again))


def _sentences(text: str) -> list[str]:
    holder = Holder()
    groups = [*holder.feed(text), *holder.close()]
    return [unit.strip("-2. \n") for group in groups for unit in group if any(map(str.isalpha, unit))]


@drawn
@given(ANY, ANY, PLACES, st.booleans())
async def test_last_unit_waits_for_the_whole(draft: str, revision: str, places: list[int], passes: bool) -> None:
    """The last text is recorded after a final check that passed; when that fails the unit is not out."""
    script = Script(RULES, revision=revision)

    async def check(text: str, start: int, end: int, final: bool) -> Verdict:
        verdict = await script.check(text, start, end, final)
        whole = Finding("incomplete", Action.HAND_OFF, "whole", start, end)
        return verdict if passes or not final else Verdict((*verdict.findings, whole))

    events = await script.run(*cut(draft, places), restore=restored, check=check)

    released = "".join(texts(events))
    finals = [(text, start, end) for text, start, end, final in script.checked if final]
    if last(events, "reply")["handed_off"]:
        assert not any(released.startswith(text) for text, start, end in finals if start < end)
    else:
        assert passes
        assert released == finals[-1][0]


@drawn
@given(ANY, ANY, PLACES, st.integers(0, 9))
async def test_not_recorded_not_sent(draft: str, revision: str, places: list[int], nth: int) -> None:
    """When the record fails, at whatever moment, what was yielded is what was recorded, and no text follows."""
    script = Script(RULES, revision=revision, fails_at_record=nth)

    events = await run(draft, places, script)

    shown = [event for event in events if event.type not in ("status", "error")]
    assert shown == script.log[: len(shown)]
    assert ("error" in types(events)) == (script.records > nth)


@drawn
@given(ANY, PLACES, st.integers(0, 5))
async def test_a_check_that_breaks_lets_nothing_more_leave(draft: str, places: list[int], nth: int) -> None:
    """From the check that could not run on, nothing is out, not even with a revision at hand."""
    script = Script(RULES, revision="Never asked.")

    async def check(text: str, start: int, end: int, final: bool) -> Verdict:
        if len(script.checked) >= nth:
            raise OSError("the rule table is gone")
        return await script.check(text, start, end, final)

    events = await script.run(*cut(draft, places), restore=restored, check=check)

    assert "".join(texts(events)) == "" or any(sent.startswith("".join(texts(events))) for sent in script.sent)
    assert len(script.checked) <= nth
    assert types(events)[-1] == "done"


@drawn
@given(CLEAN, CLEAN, PLACES, st.integers(0, 400))
async def test_model_cut_off_midway(draft: str, rest: str, places: list[int], length: int) -> None:
    """Wherever the model is cut off, what is out were whole units, and the retry ends the reply once."""
    script = Script(RULES, second_try=rest)
    begun = draft[:length]
    holder = Holder()
    whole = ["".join(units) for units in holder.feed(restored(begun))]

    try:
        events = await script.run(*cut(begun, places), error=broken(), restore=restored)
    except type(broken()):
        assert not "".join(whole).strip()
        assert script.log == []
        return

    assert types(events).count("reply") == 1
    assert len(script.retries) == 1
    assert len(texts(events)) >= len(whole)


@drawn
@given(CLEAN, PLACES, st.integers(0, 6))
async def test_withdrawn_midway(draft: str, places: list[int], nth: int) -> None:
    """From the check on that knows of a withdrawal, no unit that holds the value is out."""
    value = containing("A-1001", Action.REVISE, "unconsented_fact")
    out: list[str] = []
    script = Script()

    async def check(text: str, start: int, end: int, final: bool) -> Verdict:
        found = tuple(value(text, start, end, final)) if len(out) >= nth else ()
        return Verdict(found)

    async for event in release(pieces(cut(draft, places)), script.gate(restore=restored, check=check)):
        out += [event.content["text"]] if event.type == "text" else []

    assert not any("A-1001" in text for text in out[nth + 1 :])


@drawn
@given(ANY, ANY, PLACES)
async def test_whole_release_is_all_or_nothing(draft: str, revision: str, places: list[int]) -> None:
    """A whole draft is out as one text that its check let go, or not at all."""
    script = Script(RULES, revision=revision)

    events = await script.run(*cut(draft, places), restore=restored, mode="whole")

    assert texts(events) in ([], script.sent[-1:])
    assert bool(texts(events)) != last(events, "reply")["handed_off"]


@drawn
@given(ANY, ANY, PLACES)
async def test_every_reply_comes_to_its_end(draft: str, revision: str, places: list[int]) -> None:
    """Texts, then sources or a hand-off, then receipt, reply and `done`; the reply is what the events said."""
    events = await run(draft, places, Script(RULES, revision=revision))

    kinds = types(events)
    reply = last(events, "reply")
    end = "hand_off" if reply["handed_off"] else "citations"
    assert kinds == ["text"] * kinds.count("text") + [end, "receipt", "reply", "done"]
    words = "".join(texts(events)).rstrip()
    if reply["handed_off"]:
        words = f"{words}\n\n{last(events, 'hand_off')['text']}".lstrip()
    assert reply["text"] == words
