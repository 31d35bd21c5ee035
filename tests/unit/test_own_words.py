"""What heedful says itself passes its own guard, and does what the customer asked, in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from heedful import volunteered
from heedful.consent import Withheld
from heedful.guard import Guard
from heedful.guard.case import Case
from heedful.guard.rights_ignored import requested
from heedful.phrases import Phrases
from heedful.policy import in_language, load
from heedful.settings import shipped
from heedful.values import Action, View

pytestmark = pytest.mark.anyio

PHRASES = Phrases.load(shipped("prompts") / "phrases")
POLICY = load(shipped("policy.toml"))
PARCEL = {"en": "When will my parcel come?", "ko": "택배 언제 와요?"}
ASKED = {
    "en": {
        "access": "What do you know about me? Send me all my data.",
        "deletion": "Please delete all my data.",
        "withdrawal": "I withdraw my consent to the use of my location data.",
        "withdrawn_everything": "I withdraw my consent.",
        "withdrawn_marketing": "Unsubscribe me from your newsletter.",
    },
    "ko": {
        "access": "저에 대해 어떤 정보를 가지고 있는지 알려 주세요.",
        "deletion": "제 정보 삭제해 주세요",
        "withdrawal": "위치 정보 이용 동의를 철회할게요.",
        "withdrawn_everything": "동의 철회할게요",
        "withdrawn_marketing": "광고 수신 거부할게요",
    },
}
VALUES = {"size": "250", "name": "Mina", "when": "18:00"}


@pytest.fixture(scope="module")
def guard() -> Iterator[Guard]:
    """A guard with patience: the first check reads every lexicon, on a machine that may be busy."""
    guard = Guard(deadline_s=60)
    yield guard
    guard.close()


async def found(guard: Guard, draft: str, question: str, language: str) -> list[str]:
    """Return the codes of what the guard finds in a whole draft."""
    case = Case(
        draft=draft,
        start=0,
        end=len(draft),
        final=True,
        language=language,
        channel="chat",
        question=question,
        said=(question,),
        view=View(),
        withheld=Withheld.empty(),
        passages=(),
        policy=POLICY,
    )
    verdict = await guard.check(case)
    assert verdict.action is Action.SEND or verdict.findings
    return [finding.code for finding in verdict.findings]


def kept(fact: str, language: str) -> list[str]:
    """Return the values that a fact can have, those caught from the words replaced by one."""
    rules = [rule for rule in volunteered._rules().rules if rule.fact == fact]
    values = [rule.value[language] for rule in rules]
    for name, value in VALUES.items():
        values = [text.replace(f"{{{name}}}", value) for text in values]
    return values


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_every_offer_passes(guard: Guard, language: str) -> None:
    """An offer that its own guard stops would never be seen."""
    for fact in volunteered.facts():
        for value in kept(fact, language):
            sentence = PHRASES.get(language, f"remember.{fact}", value=value)

            assert await found(guard, f"Hello.\n\n{sentence}", value, language) == [], sentence


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_what_became_of_it_and_what_was_not_used_pass(guard: Guard, language: str) -> None:
    """Confirmations, and the sentences about facts held back, for each category."""
    keys = [key for key in sorted(PHRASES.keys) if key.startswith(("remembered.", "held_back."))]
    labels = [in_language(category.label, language) for category in POLICY.categories.values()]
    plain = [
        PHRASES.get(language, key)
        for key in keys
        if not key.endswith(("no_consent", "expired", "opted_out", "forgotten"))
    ]
    about = [
        PHRASES.get(language, f"held_back.{why}", what=label)
        for why in ("no_consent", "expired", "opted_out")
        for label in labels
    ]
    removed = [
        PHRASES.get(language, "remembered.forgotten", what=fact.label[language])
        for fact in volunteered.facts().values()
    ]

    assert len(plain) == len(keys) - 4
    for sentence in (*plain, *about, *removed):
        assert await found(guard, sentence, PARCEL[language], language) == [], sentence


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("key", list(ASKED["en"]))
async def test_an_answer_to_a_right_counts_as_acted_on(guard: Guard, key: str, language: str) -> None:
    """The request is recognised, and nobody is handed off for being told where it is one step, or that it is done."""
    asked = ASKED[language][key]
    known = PHRASES.get(language, f"rights.{key}")
    unknown = f"{PHRASES.get(language, 'rights.sign_in')} {PHRASES.get(language, 'rights.sign_in_person')}"

    assert requested(asked) == (
        key.replace("withdrawn_everything", "withdrawal").replace("withdrawn_marketing", "withdrawal"),
    )
    assert await found(guard, known, asked, language) == []
    assert await found(guard, unknown, asked, language) == []
    assert await found(guard, "Hello.", asked, language) == ["rights_ignored"]


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_several_rights_at_once_are_all_answered(guard: Guard, language: str) -> None:
    """A message that asks for two of them gets two sentences, and neither hides the other."""
    asked = " ".join(ASKED[language][key].rstrip(".") + "." for key in ("access", "deletion", "withdrawal"))
    draft = " ".join(PHRASES.get(language, f"rights.{request}") for request in requested(asked))

    assert len(requested(asked)) == 3
    assert await found(guard, draft, asked, language) == []
