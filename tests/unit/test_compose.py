"""What a model reads: the right messages, data fenced, values hidden, and a budget that holds."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heedful.compose import compose
from heedful.consent import view
from heedful.errors import InputError
from heedful.policy import Policy, load
from heedful.ports import Profile
from heedful.prompts import Prompts
from heedful.pseudonyms import Pseudonyms
from heedful.values import (
    Asking,
    Channel,
    Consent,
    Conversation,
    Fact,
    FactInView,
    Job,
    Mail,
    Passage,
    Prompt,
    Turn,
    View,
    WithheldName,
)

ROOT = Path(__file__).resolve().parents[2]
SNAPSHOTS = Path(__file__).resolve().parent / "snapshots"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
POLICY: Policy = load(ROOT / "policy.toml")
PROMPTS = Prompts(ROOT / "prompts")

PASSAGES = {
    "en": Passage(
        "p-en",
        "a-1",
        "Tracking an order",
        "Standard parcels arrive 2–3 business days after dispatch.",
        "https://help.dalbit.example/en/track",
        "en",
    ),
    "ko": Passage(
        "p-ko",
        "a-1",
        "주문 배송 조회",
        "일반 택배는 출고 후 영업일 기준 2~3일 안에 도착합니다.",
        "https://help.dalbit.example/ko/track",
        "ko",
    ),
}
QUESTIONS = {"en": "When will my parcel come?", "ko": "택배 언제 와요? 너무 오래 걸리네요."}


def count(text: str) -> int:
    """Count tokens as a rough tokenizer would."""
    return -(-len(text.encode()) // 3)


def seen(name: str, value: str, category: str = "order", *, placeholder: bool = True) -> FactInView:
    """A fact of a view."""
    return FactInView(name, value, category, "order_management", "k-1", NOW, "checkout", placeholder)


VIEW = View(
    facts=(seen("order_id", "MO-88213"), seen("order_status", "배송 중", placeholder=False)),
    withheld=(WithheldName("delivery_address", "contact", "no_consent"),),
)


def composed(
    job: Job = "chat",
    *,
    language: str = "ko",
    channel: Channel = "chat",
    turns: tuple[Turn, ...] = (),
    question: str = "",
    passages: tuple[Passage, ...] | None = None,
    facts: View = VIEW,
    mail: Mail | None = None,
    released: str = "",
    reasons: tuple[str, ...] = (),
    tokens: int = 6000,
    verified: bool = True,
    held_back: str = "",
    lead: str = "",
) -> Prompt:
    """A prompt for a delivery question, with whatever the test changes."""
    question = question or QUESTIONS[language]
    return compose(
        job,
        conversation=Conversation(
            "c_test", channel, (*turns, Turn("customer", question)), customer_id="c-1" if verified else None, mail=mail
        ),
        question=question,
        language=language,
        kinds=("delivery",),
        passages=(PASSAGES[language],) if passages is None else passages,
        view=facts,
        policy=POLICY,
        prompts=PROMPTS,
        count=count,
        max_prompt_tokens=tokens,
        max_reply_tokens=500,
        released=released,
        reasons=reasons,
        held_back=held_back,
        lead=lead,
    )


def written(prompt: Prompt) -> str:
    """Everything a model reads, as one text."""
    return json.dumps([(message.role, message.content) for message in prompt.messages], ensure_ascii=False)


# ── snapshots: what exactly is read ───────────────────────────────────────────────────────────────────────

HISTORY = {
    "en": (
        Turn("customer", "Hello, I ordered two mugs."),
        Turn("assistant", "Orders paid by 14:00 are dispatched the same day. [1]"),
    ),
    "ko": (
        Turn("customer", "안녕하세요, 머그잔 두 개 주문했어요."),
        Turn("assistant", "오후 2시 이전에 결제하신 주문은 당일 출고됩니다. [1]"),
    ),
}
SHOWN = {"en": "Your order ‹order-1› is on its way.", "ko": "주문 MO-88213은 배송 중입니다."}


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("job", ["chat", "email", "assist", "revise", "rewrite_question"])
def test_the_rendered_prompt_is_as_it_was_looked_at(job: Job, language: str) -> None:
    """Each job reads the same words in each language until somebody means to change them.

    After a change that is meant: HEEDFUL_UPDATE_SNAPSHOTS=1 pytest tests/unit/test_compose.py, then look at the diff.
    """
    channel: Channel = job if job in ("chat", "email", "assist") else "chat"
    mail = Mail(subject="Where is it?", quoted="> We have sent your order.") if job == "email" else None
    prompt = composed(
        job,
        language=language,
        channel=channel,
        turns=HISTORY[language],
        mail=mail,
        released=SHOWN[language] if job == "revise" else "",
        reasons=("ungrounded", "answer_not_first") if job == "revise" else (),
    )
    text = "\n".join(f"━━ {message.role}\n{message.content}" for message in prompt.messages)
    file = SNAPSHOTS / f"prompt_{job}_{language}.md"
    if os.environ.get("HEEDFUL_UPDATE_SNAPSHOTS") == "1":
        file.write_text(text, encoding="utf-8")

    assert text == file.read_text(encoding="utf-8")


# ── the shape ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("job", ["chat", "revise", "rewrite_question"])
def test_one_system_message_and_a_user_message_last(job: Job) -> None:
    """Some models refuse a trailing assistant message, or a second system message."""
    prompt = composed(job, turns=(*HISTORY["ko"], Turn("person", "확인해 보겠습니다.")))

    roles = [message.role for message in prompt.messages]
    assert roles[0] == "system"
    assert roles.count("system") == 1
    assert roles[-1] == "user"


@given(st.lists(st.sampled_from(["customer", "assistant", "person"]), max_size=8))
def test_roles_alternate_whoever_spoke_when(speakers: list[str]) -> None:
    """However the turns fall, user and assistant take turns and the user begins."""
    turns = tuple(Turn(speaker, f"words {place}") for place, speaker in enumerate(speakers))  # type: ignore[arg-type]
    prompt = composed(turns=turns)

    roles = [message.role for message in prompt.messages[1:]]
    assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]
    assert all(turn.text in written(prompt) for turn in turns)


def test_markers_of_earlier_answers_are_not_shown() -> None:
    """`[1]` in an earlier answer was another passage."""
    prompt = composed(turns=HISTORY["ko"])

    assert [m.content for m in prompt.messages if m.role == "assistant"] == [
        "오후 2시 이전에 결제하신 주문은 당일 출고됩니다."
    ]


def test_the_language_is_said_once_and_by_name() -> None:
    """A model is told one language, also one that heedful has no texts in."""
    assert composed(language="ko").messages[0].content.count("Write in Korean") == 1
    other = compose(
        "chat",
        conversation=Conversation("c", "chat", (Turn("customer", "Bonjour"),)),
        question="Bonjour",
        language="fr",
        kinds=(),
        passages=(),
        view=View(),
        policy=POLICY,
        prompts=PROMPTS,
        count=count,
        max_prompt_tokens=6000,
        max_reply_tokens=100,
    )
    assert "Write in French" in other.messages[0].content
    assert "Dalbit Living" in other.messages[0].content


def test_instructions_and_canary_are_hidden_and_public_words_are_not() -> None:
    """What must not come back out is named for the guard; promises and contacts may be repeated."""
    prompt = composed()

    canary, instructions = prompt.hidden
    assert canary in instructions
    assert instructions == prompt.messages[0].content
    assert canary not in "".join(message.content for message in prompt.messages[1:])
    for public in (*POLICY.promises, *POLICY.contacts):
        assert public not in instructions
    assert all(promise in written(prompt) for promise in POLICY.promises_by_language["ko"])


def test_the_canary_is_of_the_conversation_unless_it_is_given() -> None:
    """Two conversations have two canaries, one conversation always the same."""
    base = Conversation("c_1", "chat", (Turn("customer", "hi"),))

    def canary(conversation: Conversation, given: str = "") -> str:
        return compose(
            "chat",
            conversation=conversation,
            question="hi",
            language="en",
            kinds=(),
            passages=(),
            view=View(),
            policy=POLICY,
            prompts=PROMPTS,
            count=count,
            max_prompt_tokens=6000,
            max_reply_tokens=100,
            canary=given,
        ).hidden[0]

    assert canary(base) == canary(base) != canary(replace(base, id="c_2"))
    assert canary(base, "mine") == "mine"


def test_the_digests_name_every_file_that_was_read() -> None:
    """A receipt can say which prompt files led to a reply."""
    assert set(composed().digests) == {"chat.md", "_voice.md", "_rules.md", "_material.md"}
    assert set(composed("revise").digests) == {"chat.md", "_voice.md", "_rules.md", "_material.md", "revise.md"}
    assert set(composed("rewrite_question").digests) == {"rewrite_question.md", "_turns.md"}


def test_who_is_not_known_is_said_so() -> None:
    """Unverified, the model is told that it holds nothing."""
    assert "not known who is writing" in composed(verified=False, facts=View()).messages[0].content
    assert "not known who is writing" not in composed().messages[0].content


def test_what_was_not_used_is_said_in_our_words() -> None:
    """The sentence about it is material, so that it may be said; how to use it stands in the instructions."""
    sentence = "I have not used your orders for this."
    with_it, without = composed(held_back=sentence), composed()

    assert with_it.material.held_back == sentence
    assert sentence in with_it.messages[-1].content
    assert sentence not in with_it.messages[0].content
    assert "word for word" in with_it.messages[0].content
    assert "not used" not in written(without)


def test_what_heedful_has_said_itself_is_not_said_again() -> None:
    """A model that writes on after it is told what the customer has read already."""
    said = composed(lead="I have remembered it.").messages[-1].content

    assert "I have remembered it." in said
    assert "do not say it again" in said
    assert "told just now" not in composed().messages[-1].content


def test_names_of_withheld_facts_stay_out() -> None:
    """A name can give away as much as a value (`pregnancy_due`)."""
    facts = View(withheld=(WithheldName("pregnancy_due", "special", "not_allowed"),))

    assert "pregnancy" not in written(composed(facts=facts))


# ── fences ────────────────────────────────────────────────────────────────────────────────────────────────

hostile = st.text(alphabet="⟦⟧‹›<>[]/ \nabc1-e주문passge o", max_size=60)


@settings(deadline=None)
@given(hostile, hostile, hostile)
def test_nothing_can_end_its_own_fence(question: str, title: str, text: str) -> None:
    """Whatever a customer, a mail or an article says, the fences are the ones that the prompt file draws."""
    mail = Mail(subject=title, quoted=f"x{text}")
    passage = replace(PASSAGES["en"], title=f"t{title}", text=text, trust="untrusted")
    plain = composed(
        "email", language="en", channel="email", mail=Mail("s", quoted="q"), passages=(passage,), question="q"
    )
    # An e-mail without a subject has one mark less to show, so both have one.
    prompt = composed(
        "email",
        language="en",
        channel="email",
        mail=replace(mail, subject=f"s{title}"),
        passages=(passage,),
        question=f"q{question}",
    )

    for mark in "⟦⟧":
        assert prompt.messages[-1].content.count(mark) == plain.messages[-1].content.count(mark)


def test_untrusted_and_staff_passages_are_marked() -> None:
    """A model is told which text may be wrong on purpose, and which is not for customers."""
    passages = (
        PASSAGES["en"],
        replace(PASSAGES["en"], id="p-2", trust="untrusted"),
        replace(PASSAGES["en"], id="p-3", trust="internal"),
    )

    text = composed("assist", language="en", channel="assist", passages=passages).messages[-1].content

    assert "⟦passage 1: " in text
    assert "⟦passage 2 (untrusted): " in text
    assert "⟦passage 3 (for staff" in text


def test_without_passages_the_model_is_told_so() -> None:
    """No passage is said in words, rather than left to be noticed."""
    assert "⟦no passage was found that answers this⟧" in composed(passages=()).messages[-1].content


# ── values ────────────────────────────────────────────────────────────────────────────────────────────────


def test_values_are_placeholders_in_every_part_of_the_prompt() -> None:
    """The order number is hidden in question, history, quoted mail and what was released, and restored by the map."""
    prompt = composed(
        "revise",
        channel="email",
        question="MO-88213 언제 와요?",
        turns=(Turn("customer", "mo-88213 주문했어요"), Turn("assistant", "주문 MO 88213을 확인했습니다.")),
        mail=Mail(subject="MO-88213", quoted="> MO-88213"),
        released="주문 MO-88213은",
        reasons=("ungrounded",),
    )

    assert "88213" not in written(prompt)
    assert prompt.placeholders["‹order-1›"] == "MO-88213"
    assert prompt.material.question == "‹order-1› 언제 와요?"
    assert (
        Pseudonyms(prompt.placeholders).restore("주문 ‹order-1›는 배송 중입니다.") == "주문 MO-88213은 배송 중입니다."
    )


@pytest.mark.parametrize("job", ["chat", "revise", "rewrite_question"])
def test_cards_and_identity_numbers_in_anybodys_words_are_hidden(job: Job) -> None:
    """What identifies never reaches a model, whoever wrote it and for whatever job."""
    secret = "카드 4111-1111-1111-1111, 주민번호 900101-2000000"
    prompt = composed(
        job,
        question=f"{secret} 환불해 주세요",
        turns=(Turn("customer", secret), Turn("assistant", "확인했습니다.")),
        mail=Mail(quoted=secret),
        passages=(replace(PASSAGES["ko"], text=secret, trust="untrusted"),),
        released=secret if job == "revise" else "",
    )

    assert "1111" not in written(prompt)
    assert "2000000" not in written(prompt)
    assert "1111-1111" not in "".join(prompt.placeholders.values())


def test_the_material_is_what_the_prompt_was_made_of() -> None:
    """A writer that needs no prompt gets the same passages and facts, by the same placeholders."""
    facts = View(facts=(seen("full_name", "김미나", "identity"), *VIEW.facts))

    material = composed(facts=facts, turns=HISTORY["ko"]).material

    assert [passage.id for passage in material.passages] == ["p-ko"]
    assert {fact.name: fact.value for fact in material.facts} == {
        "full_name": "‹identity-1›",
        "order_id": "‹order-1›",
        "order_status": "배송 중",
    }
    assert (material.customer_name, material.company, material.kinds) == ("‹identity-1›", "달빛리빙", ("delivery",))
    assert (material.language, material.channel) == ("ko", "chat")


def test_rewriting_a_question_needs_no_facts_and_no_passages() -> None:
    """The rewriter reads the turns and the question, and nothing of the customer's profile."""
    prompt = composed("rewrite_question", turns=HISTORY["ko"])

    assert "배송 중" not in written(prompt)
    assert "출고 후" not in written(prompt)
    assert "머그잔" in written(prompt)
    assert prompt.material.facts == ()


def test_a_revision_shows_what_was_released_and_names_the_reason_not_the_value() -> None:
    """The last message says how far the customer has read and which rule stopped the rest."""
    last = composed(
        "revise", language="en", released="Your order is on its way.", reasons=("unconsented_fact", "style_x")
    ).messages[-1]

    assert "⟦already shown⟧\nYour order is on its way.\n⟦end of already shown⟧" in last.content
    assert "- unconsented_fact: " in last.content
    assert "- style_x\n" in last.content
    assert "has read nothing of it yet" in composed("revise", reasons=("ungrounded",)).messages[-1].content


FACTS = {
    "order": [("order_id", "MO-88213"), ("order_status", "delivered to the porch")],
    "contact": [("email", "kim.mina@example.com"), ("phone", "010-1234-5678")],
    "preference": [("tone", "large print please")],
    "special": [("allergy", "severe latex allergy")],
    "unique_identifier": [("passport", "M12345678")],
}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(FACTS)), unique=True),
    st.lists(st.tuples(st.sampled_from(sorted(FACTS)), st.sampled_from(["given", "refused", "withdrawn"])), max_size=6),
    st.lists(st.sampled_from([*POLICY.kinds]), unique=True),
    st.sampled_from(["chat", "email", "assist"]),
    st.booleans(),
)
def test_no_withheld_value_reaches_a_prompt_and_each_needed_one_does(
    held: list[str], consents: list[tuple[str, str]], kinds: list[str], channel: Channel, verified: bool
) -> None:
    """From profile to the words a model reads: what is withheld is nowhere, what is in the view is there."""
    facts = tuple(Fact(name, value, category) for category in held for name, value in FACTS[category])
    profile = Profile(
        "c-1",
        facts,
        tuple(
            Consent(f"k{place}", "order_management", state, NOW - timedelta(days=9 - place), category)  # type: ignore[arg-type]
            for place, (category, state) in enumerate(consents)
        ),
    )
    allowed, withheld = view(profile, Asking("order_management", tuple(kinds), verified, channel, False, NOW), POLICY)

    prompt = composed(channel, facts=allowed, channel=channel, verified=verified)

    text = "".join(message.content for message in prompt.messages[1:])
    restored = Pseudonyms(prompt.placeholders).restore(text)
    assert withheld.matches(restored) == ()
    assert all(fact.value in restored for fact in allowed.facts)
    assert all(f"- {fact.name}: " in text for fact in allowed.facts)


# ── the budget ────────────────────────────────────────────────────────────────────────────────────────────


def many_passages(number: int) -> tuple[Passage, ...]:
    """Passages of about a hundred tokens each."""
    return tuple(replace(PASSAGES["en"], id=f"p{place}", text=f"Sentence {place}. " * 20) for place in range(number))


def test_everything_that_fits_is_there_and_nothing_is_cut() -> None:
    """With room enough nothing is left out."""
    prompt = composed(turns=HISTORY["ko"])

    assert prompt.cut == ()
    assert prompt.max_tokens == 500
    assert prompt.tokens == sum(count(message.content) + 4 for message in prompt.messages)


def test_the_oldest_turns_go_first_then_the_lowest_passages() -> None:
    """Turns are kept from the newest back, passages from the best down, and what is cut is named."""
    turns = tuple(
        Turn("customer" if place % 2 == 0 else "assistant", f"turn {place} " + "and so on " * 40) for place in range(6)
    )
    whole = composed(language="en", turns=turns, passages=many_passages(4))

    fewer = composed(language="en", turns=turns, passages=many_passages(4), tokens=whole.tokens - 200)
    scarce = composed(language="en", turns=turns, passages=many_passages(4), tokens=whole.tokens - 920)

    assert fewer.cut == ("turn:0", "turn:1")
    assert scarce.cut[0] == "passage:p3"
    assert [passage.id for passage in scarce.material.passages] == ["p0", "p1", "p2"]
    assert all(f"turn:{place}" in scarce.cut for place in range(6))


def test_a_question_that_is_too_long_is_cut_before_everything_else_is() -> None:
    """An endless message leaves half of the room to what answers it."""
    prompt = composed(language="en", question="Where is my parcel? " * 2000, tokens=3000)

    assert prompt.cut[0] == "question"
    assert prompt.material.question.startswith("Where is my parcel?")
    assert prompt.material.question.endswith("…")
    assert [passage.id for passage in prompt.material.passages] == ["p-en"]
    assert prompt.tokens <= 3000


def test_a_cut_never_leaves_half_a_placeholder() -> None:
    """A question cut in the middle of a placeholder loses it whole."""
    for tokens in range(2300, 2330):
        prompt = composed(language="en", question="x" * 200 + "MO-88213,," * 300, tokens=tokens)
        assert prompt.material.question.count("‹") == prompt.material.question.count("›") > 0


def test_quoted_mail_is_shortened_before_turns_are_taken() -> None:
    """Long quoted mail takes what is left after the passages."""
    mail = Mail(subject="s", quoted="> quoted line\n" * 2000)

    prompt = composed("email", language="en", channel="email", mail=mail, turns=HISTORY["en"], tokens=3500)

    assert prompt.cut == ("quoted", "turn:0", "turn:1")
    assert prompt.tokens <= 3500


def test_a_prompt_that_cannot_fit_is_an_input_error() -> None:
    """When the instructions alone fill the budget, the caller is told what to do."""
    with pytest.raises(InputError, match="tokens") as caught:
        composed(tokens=300)
    assert caught.value.code == "prompt_too_long"


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1500, 4000),
    st.integers(0, 3000),
    st.integers(0, 8),
    st.lists(st.integers(1, 800), max_size=6),
    st.integers(0, 2000),
)
def test_the_budget_holds_and_what_is_cut_is_named(
    room: int, question: int, passages: int, turns: list[int], quoted: int
) -> None:
    """Whatever is asked and found, the prompt fits, and each part is either there or named as cut."""
    spoken = tuple(
        Turn("customer" if place % 2 == 0 else "assistant", f"turn{place}. " + "la " * size)
        for place, size in enumerate(turns)
    )
    try:
        prompt = composed(
            "email",
            language="en",
            channel="email",
            question="Why? " * (1 + question),
            passages=many_passages(passages),
            turns=spoken,
            mail=Mail("s", quoted="> " * quoted),
            tokens=room,
        )
    except InputError:
        assert room < 2200
        return

    text = written(prompt)
    assert prompt.tokens <= room
    kept = {passage.id for passage in prompt.material.passages}
    for passage in many_passages(passages):
        assert (passage.id in kept) != (f"passage:{passage.id}" in prompt.cut)
    for place, _ in enumerate(spoken):
        assert (f"turn{place}." in text) != (f"turn:{place}" in prompt.cut)
    for fact in VIEW.facts:
        assert (f"- {fact.name}: " in text) != (f"fact:{fact.name}" in prompt.cut)
