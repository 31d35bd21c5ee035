"""The built-in writer: the passages' own sentences, whole steps, facts only where asked, care only where due."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heedful.adapters import extractive_customer
from heedful.adapters.extractive import ExtractiveWriter
from heedful.adapters.extractive_reading import read
from heedful.errors import ModelError
from heedful.kinds import kinds_of
from heedful.markers import used, without_markers
from heedful.phrases import Phrases
from heedful.units import sentences
from heedful.values import Channel, FactInView, Job, Material, Passage, Prompt

pytestmark = pytest.mark.anyio

PHRASES = Phrases.load(Path(__file__).resolve().parents[2] / "prompts" / "phrases")


def words(text: str, language: str) -> list[str]:
    """Terms without Kiwi: lower-case words, and pairs of syllables for Korean."""
    found = re.findall(r"[a-z0-9]+", text.lower())
    return found + [run[i : i + 2] for run in re.findall(r"[가-힣]{2,}", text) for i in range(len(run) - 1)]


WRITER = ExtractiveWriter(PHRASES, terms=words)


def passage(text: str, *, n: int = 1, article: str = "", lang: str = "en", **more: str) -> Passage:
    headings = (more["heading"],) if "heading" in more else ()
    return Passage(
        id=f"p{n}",
        article_id=article or f"a{n}",
        title=more.get("title", f"Article {n}"),
        text=text,
        url=f"https://help.dalbit.example/{lang}/a{n}",
        lang=lang,
        headings=headings,
        position=int(more.get("position", "0")),
        score=1.0 / n,
    )


def prompt(
    question: str,
    *passages: Passage,
    language: str = "en",
    channel: Channel = "chat",
    facts: tuple[FactInView, ...] = (),
    job: Job = "chat",
    released: str = "",
    reasons: tuple[str, ...] = (),
    before: str = "",
) -> Prompt:
    kinds = kinds_of(question, language)
    material = Material(question, language, channel, passages, facts, kinds, released=released, reasons=reasons)
    material = replace(material, before=before)
    return Prompt(job=job, messages=(), material=material, max_tokens=600)


def fact(name: str, value: str, category: str = "order", channels: frozenset[str] = frozenset({"chat"})) -> FactInView:
    return FactInView(
        name, value, category, "order_management", "k1", datetime(2026, 1, 1, tzinfo=UTC), "", False, channels
    )


RETURN = passage(
    "You can return an opened item within 7 days of delivery if it is unused. Bedding cannot be returned once the seal "
    "is broken, unless it is faulty.",
    title="Returning an opened item",
    article="return",
)
RETURN_STEPS = passage(
    "1. Open **My page** > Orders and choose the order.\n2. Choose [Return](https://x.example).\n3. Pack the item.\n\n"
    "Return shipping costs ₩3,000.",
    n=2,
    title="Returning an opened item",
    heading="How to return an opened item",
    article="return",
    position="1",
)
LATE_KO = passage(
    "주문하신 물건이 아직 오지 않았다면 먼저 배송 조회를 확인해 주십시오. "
    "다만 제주와 도서 지역은 2영업일이 더 걸립니다.",
    lang="ko",
    title="주문한 물건이 아직 오지 않았을 때",
)


def test_the_answer_then_the_whole_procedure() -> None:
    """A question of how: the answer first, then every step in order under its heading, each with its source."""
    draft = WRITER.draft(prompt("How do I return something I have already opened?", RETURN, RETURN_STEPS))

    assert draft.startswith("You can return an opened item within 7 days of delivery if it is unused. [1]")
    assert (
        "How to return an opened item: [2]\n1. Open My page > Orders and choose the order. [2]\n2. Choose Return. [2]"
        in draft
    )
    assert draft.index("2. Choose Return") < draft.index("3. Pack the item")


def test_what_is_allowed_never_goes_without_its_limit() -> None:
    """The sentence that says where "You can" ends comes with it."""
    draft = WRITER.draft(prompt("Can I return an opened item?", RETURN))

    assert "unless it is faulty. [1]" in draft


def test_a_price_comes_with_its_limit_too() -> None:
    """Asked for a figure, the customer also reads where it does not hold."""
    text = "Gift wrapping is free for every order. Furniture cannot be wrapped. Paper is recycled."

    draft = WRITER.draft(prompt("How much does gift wrapping cost?", passage(text, title="Gift wrapping")))

    assert draft == "Gift wrapping is free for every order. [1] Furniture cannot be wrapped. [1]"


def test_a_condition_stays_with_its_sentence_in_korean() -> None:
    """다만 … is never left behind, and comes right after what it narrows."""
    draft = WRITER.draft(prompt("주문한 물건이 아직 안 왔어요", LATE_KO, language="ko"))

    assert "확인해 주십시오. [1] 다만 제주와 도서 지역은 2영업일이 더 걸립니다. [1]" in draft


def test_what_does_not_answer_is_left_out() -> None:
    """A sentence about something else, in the same passage or another, is not quoted."""
    fees = passage("Delivery costs ₩3,000 per order. Business days are Monday to Friday.", title="Delivery fees")
    lamps = passage("Lamps take E26 bulbs.", n=2, title="Lamp care")

    draft = WRITER.draft(prompt("How much does delivery cost?", fees, lamps))

    assert draft == "Delivery costs ₩3,000 per order. [1]"


def test_the_figure_that_was_asked_for() -> None:
    """Asked how long, the sentence with a time is chosen, not one with the same words."""
    text = "A refund goes to your card. Your refund is paid within 3 business days. A refund is sent to you by mail."

    draft = WRITER.draft(prompt("How long does a refund take?", passage(text, title="Refunds")))

    assert "within 3 business days. [1]" in draft


def test_a_row_of_a_table_says_what_it_means() -> None:
    """Of a table the row that was asked about is quoted, with the names of the columns that it fills."""
    rows = (
        "Level | Orders | Points",
        "---|---|---",
        "Half Moon | From ₩200,000 | 2%",
        "Full Moon | From ₩500,000 | 3%",
    )
    table = "\n".join(f"| {row} |" for row in rows)

    draft = WRITER.draft(prompt("What do I need for Full Moon?", passage(table, title="Levels")))

    assert draft == "- Full Moon – Orders: From ₩500,000; Points: 3%. [1]"


@pytest.mark.parametrize(
    ("question", "language", "care"),
    [
        (
            "My order still hasn't arrived, I am so upset!",
            "en",
            "We are sorry that your order is keeping you waiting.",
        ),
        ("The vase arrived broken.", "en", "We are sorry that your item reached you in this state."),
        ("I am worried about my refund.", "en", "We are sorry that you have to worry about your money."),
        ("주문한 물건이 아직도 안 왔어요. 너무 속상하네요.", "ko", "주문하신 물건을 기다리시게 해 드려 죄송합니다."),
        ("접시가 깨져서 왔어요.", "ko", "상품이 온전하지 않은 상태로 도착하여 죄송합니다."),
        ("환불이 안 들어와서 걱정돼요.", "ko", "환불 때문에 걱정을 끼쳐 드려 죄송합니다."),
    ],
)
def test_one_sentence_of_care_where_it_is_due(question: str, language: str, care: str) -> None:
    """A customer who is upset, worried or got a broken thing reads the answer, and then one sentence of care."""
    answer = passage("Tell us, and we look for it. 알려 주시면 찾아 드립니다.", lang=language, title=question)

    draft = WRITER.draft(prompt(question, answer, language=language))

    assert draft.startswith("Tell us, and we look for it.")
    assert draft.split("\n\n")[0].endswith(" " + care)
    assert sum(draft.count(word) for word in ("sorry", "죄송")) == 1


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("How long does delivery take?", "en"),
        ("What if my vase arrives broken?", "en"),
        ("The lamp is sparking and I am scared!", "en"),
        ("Don't worry, I only want to know the fee.", "en"),
        ("배송은 얼마나 걸리나요?", "ko"),
        ("상품이 깨져서 도착하면 어떻게 하나요?", "ko"),
        ("조명에서 타는 냄새가 나요. 너무 무서워요.", "ko"),
    ],
)
def test_no_care_where_none_is_due(question: str, language: str) -> None:
    """A calm question, one of what if, and an emergency get the answer at once."""
    assert extractive_customer.read(question, kinds_of(question, language), language=language).state.name == "neutral"


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("You can reset it in two ways:\n\nHold the reset button for 5 seconds.", "two ways"),
        ("Learn how to reset the lamp.\n\nHold the reset button for 5 seconds.", "Learn how"),
        (
            "In this article:\n\n- Resetting the lamp\n- Cleaning the lamp\n\nHold the reset button for 5 seconds.",
            "Cleaning",
        ),
    ],
)
def test_what_leads_to_nothing_is_left_out(text: str, left_out: str) -> None:
    """A lead-in without its list, a pointer and a list of contents are no answers."""
    draft = WRITER.draft(prompt("How do I reset the lamp?", passage(text, title="Resetting the lamp")))

    assert "Hold the reset button for 5 seconds. [1]" in draft
    assert left_out not in draft


def test_the_contents_of_a_troubleshooting_article_are_what_to_do() -> None:
    """Where the article is about a problem, its contents are the steps, under its title."""
    text = "Learn what to do.\n\nIn this article:\n\n- Check the plug\n- Reset the lamp\n- Update the app"

    draft = WRITER.draft(prompt("My lamp is offline", passage(text, title="If your lamp is offline")))

    assert draft.startswith(
        "If your lamp is offline: [1]\n1. Check the plug. [1]\n2. Reset the lamp. [1]\n3. Update the app. [1]"
    )


def test_numbered_sections_are_listed_before_the_one_that_fits_best() -> None:
    """Asked how, the customer reads all numbered sections in order, and then what the best of them says."""
    parts = [
        replace(
            passage(text, n=n, article="lamp", title="If the lamp is not detected", position=str(n)),
            headings=("Troubleshooting", heading),
        )
        for n, (heading, text) in enumerate(
            [
                ("2. Check the cable", "Use a cable that carries data, so that the lamp is detected by the computer."),
                ("1. Plug it in", "Plug the lamp in."),
                ("3. Call us", "Call us."),
            ],
            1,
        )
    ]

    draft = WRITER.draft(prompt("The lamp is not detected by the computer, what can I do?", *parts))

    assert draft.startswith(
        "Troubleshooting: [2]\n1. Plug it in. [2]\n2. Check the cable. [1]\n3. Call us. [3]\n\nUse a cable"
    )


@pytest.mark.parametrize(
    ("before", "question", "language", "said"),
    [
        ("Do you deliver to Jeju?", "and how much is it?", "en", "To Jeju it is ₩3,000 more. [1]"),
        ("제주도 배송되나요?", "그럼 얼마예요?", "ko", "제주도는 3,000원이 추가됩니다. [1]"),
    ],
)
def test_a_follow_up_is_about_what_was_said_before(before: str, question: str, language: str, said: str) -> None:
    """A question that names nothing is answered for what the customer named before it."""
    english = "Gift wrapping costs ₩2,000. To Jeju it is ₩3,000 more. Express costs ₩5,000."
    korean = "선물 포장은 2,000원입니다. 제주도는 3,000원이 추가됩니다. 빠른 배송은 5,000원입니다."
    fees = passage(korean if language == "ko" else english, title="요금" if language == "ko" else "Fees", lang=language)

    assert said in WRITER.draft(prompt(question, fees, language=language, before=before)).split("\n\n")[0]


@pytest.mark.parametrize(
    ("words", "language"), [("I love the vase, thank you so much!", "en"), ("머그컵 너무 예뻐요 감사해요!", "ko")]
)
def test_praise_is_thanked_for(words: str, language: str) -> None:
    """Someone who only says that they are pleased gets thanks, no article."""
    draft = WRITER.draft(prompt(words, RETURN, language=language))

    assert draft == ("말씀해 주셔서 감사합니다." if language == "ko" else "Thank you for telling us.")


def test_a_fact_that_answers_all_is_all() -> None:
    """Asked which level they have, they read it, and not how levels work."""
    level = (fact("membership_level", "Half Moon", "identity"),)
    text = passage("Dalbit has 3 membership levels. A level is kept for 3 months.", title="Membership levels")

    assert (
        WRITER.draft(prompt("What membership level do I have?", text, facts=level))
        == "Your membership level is Half Moon."
    )


@pytest.mark.parametrize("typed", ["How long is a delivary?", "How long does delivry take?"])
def test_a_slip_of_the_hand_is_no_doubt(typed: str) -> None:
    """A misspelt word is read as the one that the passages have."""
    text = passage("Delivery takes 2 to 3 business days. Points expire.", title="Delivery")

    assert WRITER.draft(prompt(typed, text)) == "Delivery takes 2 to 3 business days. [1]"


def test_a_word_in_angle_brackets_is_read() -> None:
    """What looks like a tag and is none belongs to the text."""
    assert read("Open the <vendor> folder, <b>then</b> close it.")[0].text == "Open the <vendor> folder, then close it."


def test_facts_are_told_when_they_answer() -> None:
    """Asked where the order is, its status comes first, then what the help centre says; placeholders stay whole."""
    facts = (fact("order_id", "‹order-1›"), fact("order_status", "배송 중"), fact("expected_delivery", "2026-11-25"))

    draft = WRITER.draft(prompt("주문한 물건이 언제 와요?", LATE_KO, language="ko", facts=facts))

    assert draft.startswith('주문 번호 ‹order-1›의 현재 상태는 "배송 중"입니다. 배송 예정일은 2026년 11월 25일입니다.')
    assert "확인해 주십시오. [1]" in draft


@pytest.mark.parametrize(
    "question", ["How do I return an opened item?", "Can I return bedding?", "What does a return cost?"]
)
def test_facts_that_nobody_asked_about_stay_out(question: str) -> None:
    """A general question is answered in general: nothing of the customer's own is recited."""
    facts = (
        fact("order_id", "DB-1"),
        fact("order_status", "delivered"),
        fact("membership_level", "Full Moon", "identity"),
    )

    draft = WRITER.draft(prompt(question, RETURN, facts=facts))

    assert not re.search('DB-1|delivered"|Full Moon', draft)


def test_a_fact_the_channel_may_not_carry_stays_out() -> None:
    """A value that only chat may carry is not written into an e-mail."""
    facts = (fact("order_status", "in transit"),)

    assert "in transit" in WRITER.draft(prompt("Where is my order?", RETURN, facts=facts))
    assert "in transit" not in WRITER.draft(prompt("Where is my order?", RETURN, facts=facts, channel="email"))


def test_asked_for_their_own_without_facts_it_says_so() -> None:
    """Without any facts a question about one's own order gets the general answer, and is told that it is that."""
    draft = WRITER.draft(prompt("주문한 물건이 아직 안 왔어요", LATE_KO, language="ko"))

    assert draft.endswith("고객님의 주문이나 계정을 확인하지 않고 드린 일반 안내입니다.")


@pytest.mark.parametrize(
    ("question", "language", "said"),
    [
        ("Which mattress is best for back pain when sleeping?", "en", "I could not find an answer"),
        ("강남에 있는 매장은 주말에도 문을 여나요?", "ko", "찾지 못했으며"),
        ("it", "en", "Could you tell me a little more"),
        ("hello!", "en", "Hello! What can I help you with?"),
        ("안녕하세요", "ko", "무엇을 도와드리면 될지"),
        ("thanks a lot", "en", "You are welcome."),
        ("정말 감사합니다!", "ko", "다행입니다"),
    ],
)
def test_without_passages_it_is_honest(question: str, language: str, said: str) -> None:
    """No passages: it says that there is no answer and offers a person, asks back, or returns the greeting."""
    draft = WRITER.draft(prompt(question, language=language))

    assert said in draft
    assert used(draft) == ()
    assert ("person" in draft or "상담원" in draft) == ("not find" in draft or "찾지" in draft)


def test_another_language_is_answered_in_english_and_told_so() -> None:
    """A German question gets English, and one sentence that says why."""
    draft = WRITER.draft(prompt("Kann ich einen Artikel zurückgeben (return)?", RETURN, language="de"))

    assert draft.startswith("I can answer in English or Korean only")
    assert "You can return an opened item" in draft


def test_help_in_the_other_language_is_quoted_and_told_so() -> None:
    """A Korean customer and an English article: its own words, after one Korean sentence that says so."""
    draft = WRITER.draft(prompt("개봉한 상품을 반품할 수 있나요?", RETURN, language="ko"))

    assert draft.startswith("이 내용은 고객센터에 영어로만 있어 원문 그대로 안내해 드립니다. You can return")


def test_passages_that_hardly_touch_the_question_are_offered_with_doubt() -> None:
    """Nothing of the question is in the passages: they are the closest there is, and a person is offered."""
    draft = WRITER.draft(prompt("Wobbly bookshelf screws rattling?", passage("Points expire after 24 months.")))

    assert draft.startswith("I am not sure this is exactly what you need")
    assert draft.endswith('just write "a person, please".')


def test_a_revision_goes_on_without_the_sentence_that_failed() -> None:
    """After a refusal at its second sentence, the draft is the rest: nothing said twice, the refused one left out."""
    first = "You can return an opened item within 7 days of delivery if it is unused. [1] "

    draft = WRITER.draft(prompt("How do I return an opened item?", RETURN, RETURN_STEPS, job="revise", released=first))

    assert draft.startswith("How to return an opened item: [2]\n1. Open")
    assert "You can return" not in draft
    assert "Bedding" not in draft


def test_a_list_stopped_within_is_not_gone_on_with() -> None:
    """Refused at a step: the rest of the steps would be wrong without it, so they stay away too."""
    whole = WRITER.draft(prompt("How do I return an opened item?", RETURN, RETURN_STEPS))
    until_step_1 = whole[: whole.index("2. Choose")]

    draft = WRITER.draft(
        prompt("How do I return an opened item?", RETURN, RETURN_STEPS, job="revise", released=until_step_1)
    )

    assert "3. Pack" not in draft


async def test_a_revision_with_nothing_left_is_an_error() -> None:
    """When all that could be said was refused, there is no draft, and the gate hands off."""
    only = passage("Points expire after 24 months.", title="Points")

    with pytest.raises(ModelError) as caught:
        async for _ in WRITER.stream(prompt("When do points expire?", only, job="revise")):
            pass

    assert caught.value.code == "model_empty"


def test_a_revision_for_a_fact_leaves_the_facts_out() -> None:
    """When a fact was the reason, the same answer is written without any."""
    facts = (fact("order_status", "in transit"),)

    draft = WRITER.draft(prompt("Where is my order?", RETURN, facts=facts, job="revise", reasons=("unconsented_fact",)))

    assert "in transit" not in draft
    assert "You can return" in draft


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("See **bold**, `code` and [a link](https://x.example/a).", "See bold, code and a link."),
        ("Choose ![icon](i.png) <b>Save</b> &amp; close.", "Choose Save & close."),
        ("As shown before[1], it works [^2].", "As shown before, it works."),
        ("Open File > <Name of the file>.", "Open File > <Name of the file>."),
        ("`이불 커버`는 **40 °C**로 세탁합니다.", "이불 커버는 40 °C로 세탁합니다."),
    ],
)
def test_markup_is_gone_and_the_words_stay(markdown: str, said: str) -> None:
    """What is quoted is plain text: no Markdown, no HTML, nothing that looks like one of our markers."""
    assert read(markdown)[0].text == said


def test_a_nested_list_stays_in_its_step() -> None:
    """What stands indented under a step belongs to that step."""
    (block,) = read("1. Choose one:\n   - red\n   - blue\n2. Save.")

    assert block.items == ("Choose one: red; blue", "Save.")
    assert block.first == 1


SENTENCES = st.sampled_from(
    [
        "You can return a lamp within 14 days.",
        "However, bedding is excluded.",
        "It costs ₩3,000.",
        "Delivery takes 2–3 business days.",
        "The warranty is 24 months.",
        "Write to help@dalbit.example.",
        "반품은 14일 안에 하실 수 있습니다.",
        "다만 침구는 제외합니다.",
        "배송은 2–3영업일이 걸립니다.",
        "Prices (incl. tax) are in won.",
    ]
)
STEPS = st.lists(
    st.sampled_from(["Open My page.", "Choose Return.", "Pack the lamp.", "반품을 누릅니다."]), min_size=2, max_size=5
)
PARTS = st.one_of(
    st.lists(SENTENCES, min_size=1, max_size=4).map(" ".join),
    STEPS.map(lambda steps: "\n".join(f"{n}. {step}" for n, step in enumerate(steps, 1))),
    STEPS.map(lambda steps: "\n".join(f"- {step}" for step in steps)),
)
TEXTS = st.lists(PARTS, min_size=1, max_size=4).map("\n\n".join)
QUESTIONS = st.sampled_from(
    [
        "How do I return a lamp?",
        "How long does delivery take? I'm upset!",
        "반품하고 싶어요",
        "배송비는 얼마예요? 화가 나네요",
        "lamp",
        "?",
    ]
)
KNOWN = " ".join(
    PHRASES.get(language, key)
    for key in sorted(PHRASES.keys)
    if not key.startswith(("fact.", "notice.", "hand_off.c", "held_back.", "remember", "rights.", "who_writes"))
    for language in ("en", "ko")
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(TEXTS, min_size=0, max_size=4),
    QUESTIONS,
    st.sampled_from(["en", "ko", "fr"]),
    st.sampled_from(["chat", "email"]),
)
def test_it_never_says_a_word_of_its_own(texts: list[str], question: str, language: str, channel: Channel) -> None:
    """Whatever the passages: each unit is one of theirs and names it, or a phrase; steps are whole; always the same."""
    passages = tuple(passage(text, n=n, lang=language, heading=f"Heading {n}") for n, text in enumerate(texts, 1))
    asked = prompt(question, *passages, language=language, channel=channel)

    draft = WRITER.draft(asked)

    assert draft
    assert WRITER.draft(asked) == draft
    for unit in (unit.strip() for unit in sentences(draft)):
        bare = re.sub(r"^(?:\d+\.|-) ", "", without_markers(unit)).strip()
        markers = used(unit)
        if not markers:
            assert bare in KNOWN, unit
            continue
        (rank,) = markers
        source = passages[rank - 1]
        for said in filter(None, re.split(r"\s*\[\d+\]\s*", re.sub(r"^(?:\d+\.|-) ", "", unit))):
            assert said in source.text or said.rstrip(".") in source.text or said == f"Heading {rank}:", unit
    for steps in re.findall(r"(?:^\d+\. .*\n?)+", draft, re.MULTILINE):
        numbers = [int(n) for n in re.findall(r"^(\d+)\.", steps, re.MULTILINE)]
        assert numbers == list(range(1, len(numbers) + 1))
        listed = [without_markers(line) for line in steps.strip().split("\n")]
        assert any("\n".join(listed) == part for text in texts for part in text.split("\n\n"))


async def test_it_streams_word_by_word() -> None:
    """The pieces joined are the draft, a word or two each."""
    asked = prompt("How do I return an opened item?", RETURN, RETURN_STEPS)

    pieces = [piece async for piece in WRITER.stream(asked)]

    assert "".join(pieces) == WRITER.draft(asked)
    assert all(len(piece.split()) == 1 for piece in pieces)


@pytest.mark.parametrize(("channel", "most"), [("chat", 95), ("email", 185)])
def test_it_is_no_longer_than_the_channel_bears(channel: Channel, most: int) -> None:
    """However much would fit the question, the answer keeps to its length."""
    text = " ".join(
        f"Return number {n} of a lamp is possible within {n} days if you return the lamp whole." for n in range(40)
    )

    draft = WRITER.draft(prompt("Can I return a lamp?", passage(text, title="Return a lamp"), channel=channel))

    assert len(without_markers(draft).split()) <= most


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("버튼을 5초 동안 누르세요.", "버튼을 5초 동안 누르십시오."),
        ("앱에 저장된다.", "앱에 저장됩니다."),
        ("배송은 3일 걸려요.", "배송은 3일 걸립니다."),
        ("반품은 받지 않는다.", "반품은 받지 않습니다."),
        ("이미 보냈어요. 확인해 보세요.", "이미 보냈습니다. [1] 확인해 보십시오."),
        ("필요하세요?", "필요하세요?"),
        ("문을 열어요.", "문을 열어요."),
    ],
)
def test_korean_keeps_one_level_of_speech(written: str, said: str) -> None:
    """An article in 해요체 or 해라체 is quoted in 합쇼체; what asks, or could mean two things, stays as it is."""
    text = passage(f"{written}", title="안내 버튼 앱 배송 반품 확인 문", lang="ko")

    draft = WRITER.draft(prompt("안내 버튼 앱 배송 반품 확인 문", text, language="ko"))

    assert f"{said} [1]" in draft


def test_a_row_does_not_open_an_answer() -> None:
    """What the article says first comes before the row of a table that fits best."""
    start = passage("A membership has 3 levels.", title="Membership levels", article="levels")
    table = "| Level | Orders |\n|---|---|\n| Half Moon | From ₩200,000 |\n| Full Moon | From ₩500,000 |"
    rows = passage(table, n=2, title="Membership levels", article="levels", position="1")

    draft = WRITER.draft(prompt("What do I need for Full Moon membership?", start, rows))

    assert draft.startswith("A membership has 3 levels. [1]")
    assert "- Full Moon – Orders: From ₩500,000. [2]" in draft


def test_a_person_is_offered_beside_words_in_another_language() -> None:
    """Who asked in Korean and reads an English article can have a person instead."""
    english = passage("Hold the reset button of the board for 5 seconds.", title="Reset the board")

    draft = WRITER.draft(prompt("board reset button 어떻게 눌러요?", english, language="ko"))

    assert draft.startswith("이 내용은 고객센터에 영어로만 있어")
    assert draft.endswith('상담원의 답변을 원하시면 "상담원 연결"이라고 적어 주십시오.')
