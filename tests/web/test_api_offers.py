"""What customers say in passing, and what they want done: offered, stored on a yes alone, removed, ended; as served."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from heedful.phrases import Phrases
from heedful.settings import shipped
from tests.loopback import Loopback, Script, spoken
from tests.web.conftest import Service, events, services
from tests.web.customers import ORDERS, SECRET, in_person, profile, signed, state_of

PHRASES = Phrases.load(shipped("prompts") / "phrases")
SAID = {
    "en": "Please e-mail me instead of calling. When will my parcel come?",
    "ko": "문자 말고 메일로 주세요. 택배 언제 와요?",
}
VALUE = {"en": "e-mail", "ko": "이메일"}
YES = {"en": "Yes please", "ko": "네 기억해 주세요"}
PARCEL = {"en": "When will my parcel come?", "ko": "택배 언제 와요?"}
NUMBERS = itertools.count(1)  # a customer for each test, also when it is run again


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service that verifies customers; the extractive writer answers. Each test has a customer of its own."""
    with services(tmp_path_factory.mktemp("offers")) as serve:
        yield serve(HEEDFUL_IDENTITY_SECRET=SECRET)


class Chat:
    """One conversation of a customer's: a new one, the one named, or nobody known."""

    def __init__(
        self, service: Service, customer_id: str | None = None, *, language: str = "en", known: bool = True, **wish: Any
    ) -> None:
        self.customer_id = customer_id or f"c-{next(NUMBERS)}"
        if known:
            wish["identity"] = signed(self.customer_id)
        if known and customer_id is None:
            service.profile(profile(self.customer_id))
        self.id, self.client = service.open(language=language, **wish)
        self.me = in_person(service, self.customer_id)
        self.language = language

    def say(self, text: str, **more: Any) -> list[tuple[str, dict[str, Any]]]:
        """Send a message; return the events of its reply, without `status`."""
        path, accept = f"/v1/conversations/{self.id}/messages", {"Accept": "text/event-stream"}
        answer = self.client.post(path, json={"text": text, **more}, headers=accept)
        assert answer.status_code == 200, answer.text
        return [(kind, content) for kind, content, _ in events(answer.content) if kind != "status"]

    def told(self, text: str, **more: Any) -> str:
        """Send a message; return the words of the reply."""
        return str(self.content(self.say(text, **more), "reply")["text"])

    def content(self, said: list[tuple[str, dict[str, Any]]], kind: str) -> dict[str, Any]:
        """Return the content of the event of this type."""
        return next(content for name, content in said if name == kind)

    def phrase(self, key: str, **values: str) -> str:
        """Return a sentence of ours in this chat's language."""
        return PHRASES.get(self.language, key, **values)

    def remembered(self) -> dict[str, str]:
        """Return what is held because the customer asked for it."""
        seen = self.me.get("/v1/me").json()
        return {fact["name"]: fact["value"] for fact in seen["facts"] if fact["yours"]}

    def consents(self, fact: str) -> list[tuple[str, str]]:
        """Return state and notice of each consent event about this fact."""
        items = self.me.get("/v1/me/consents").json()["items"]
        purposes = [(one["event"]["event_state"], one["pii_processing"]) for one in items]
        return [
            (state, processing["privacy_notice"])
            for state, processing in purposes
            if any(about["pii_attribute_id"] == fact for about in processing["purposes"][0]["pii_information"])
        ]


def offers(said: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the offers among the events."""
    return [content for kind, content in said if kind == "offer"]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_an_offer_is_made_and_only_a_yes_stores_it(service: Service, language: str) -> None:
    """It stands after the reply, stores nothing, and with a yes in words its very sentence is what was agreed to."""
    chat = Chat(service, language=language)
    said = chat.say(SAID[language])
    offer = chat.content(said, "offer")
    before = chat.remembered()
    confirmed = chat.told(YES[language])

    assert [kind for kind, _ in said][-3:] == ["reply", "offer", "done"]
    assert (offer["fact"], offer["value"], offer["category"]) == ("contact_channel", VALUE[language], "preference")
    assert offer["text"] == chat.phrase("remember.contact_channel", value=VALUE[language])
    assert offer["text"] not in chat.content(said, "reply")["text"]
    assert before == {}
    assert confirmed == chat.phrase("remembered.yes")
    assert chat.remembered() == {"contact_channel": VALUE[language]}
    assert chat.consents("contact_channel") == [("given", offer["text"])]


def test_the_offer_is_in_the_record_as_it_was_made(service: Service) -> None:
    """Like every text: in the transcript, under an id, in the conversation that the next reply is made from."""
    chat = Chat(service)
    offer = chat.content(chat.say(SAID["en"]), "offer")
    kept = chat.client.get(f"/v1/conversations/{chat.id}/transcript").json()["events"]

    assert [event["text"] for event in kept if event["type"] == "offer"] == [offer["text"]]
    assert all(event["id"] > 1 for event in kept if event["type"] == "offer")


@pytest.mark.parametrize(
    "answer", ["ok thanks", "네, 감사합니다", "Yes, but only for this order", "When will my parcel come?", "hm", "👍"]
)
def test_an_answer_that_may_mean_anything_stores_nothing(service: Service, answer: str) -> None:
    """Ambiguous is no: nothing is held and nothing agreed to; and the same is not offered again in this chat."""
    chat = Chat(service)
    chat.say(SAID["en"])
    chat.say(answer)
    again = chat.say(SAID["en"])

    assert chat.remembered() == {}
    assert chat.consents("contact_channel") == []
    assert offers(again) == []


@pytest.mark.parametrize(("answer", "said"), [("No thanks.", "en"), ("아니요, 기억하지 마세요", "ko")])
def test_a_no_is_kept_so_that_nobody_asks_again(service: Service, answer: str, said: str) -> None:
    """Declined once, it is not offered in a new conversation either."""
    chat = Chat(service, language=said)
    chat.say(SAID[said])
    declined = chat.told(answer)
    later = Chat(service, chat.customer_id, language=said)

    assert declined == chat.phrase("remembered.no")
    assert chat.remembered() == {}
    assert [state for state, _ in chat.consents("contact_channel")] == ["refused"]
    assert offers(later.say(SAID[said])) == []


def test_a_yes_and_a_question_are_both_answered(service: Service) -> None:
    """What was done is said first, then the question is answered."""
    chat = Chat(service)
    chat.say(SAID["en"])
    told = chat.told("Yes please. And how do I return an item?")

    assert told.startswith(chat.phrase("remembered.yes"))
    assert "within 14 days" in told
    assert chat.remembered() == {"contact_channel": "e-mail"}


def test_the_button_does_the_same(service: Service) -> None:
    """`POST /v1/me/offers/{id}`; said again in words afterwards it is not stored twice."""
    chat = Chat(service)
    offer = chat.content(chat.say("I'm left-handed. Where is my parcel?"), "offer")
    stored = chat.me.post(f"/v1/me/offers/{offer['id']}", json={"accept": True})
    chat.say("Yes")

    assert stored.json() == {"stored": True}
    assert chat.remembered() == {"handedness": "left-handed"}
    assert chat.consents("handedness") == [("given", offer["text"])]


def test_what_is_remembered_is_not_offered_again_and_something_new_is(service: Service) -> None:
    """The same wish in a new chat: no offer; another value of it: an offer to keep that instead."""
    first = Chat(service)
    first.say(SAID["en"])
    first.say("Yes")
    second = Chat(service, first.customer_id)
    same, other = second.say(SAID["en"]), second.say("I'd rather be contacted by text message.")
    second.say("yes please")

    assert offers(same) == []
    assert [offer["value"] for offer in offers(other)] == ["text message"]
    assert second.remembered() == {"contact_channel": "text message"}


def test_a_remembered_fact_is_used_where_a_question_needs_it(service: Service) -> None:
    """To the customer's benefit: the next receipt names it among what may be used, or withheld as not needed."""
    chat = Chat(service)
    chat.say("Please always leave my parcels at the door.")
    chat.say("yes")
    receipt = chat.content(chat.say("When will my parcel come?"), "receipt")

    assert chat.remembered() == {"delivery_wish": "leave parcels at the door"}
    assert "delivery_wish" not in [one["name"] for one in receipt["withheld"]]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "forget that"),
        ("en", "Please forget what I told you."),
        ("en", "Don't use my e-mail preference any more, forget e-mail."),
        ("ko", "그거 기억하지 마세요"),
        ("ko", "지워 주세요"),
    ],
)
def test_a_later_no_removes_it(service: Service, language: str, words: str) -> None:
    """In words, in the same conversation: the fact goes, the consent is withdrawn, and it is said."""
    chat = Chat(service, language=language)
    chat.say(SAID[language])
    chat.say(YES[language])
    chat.say(PARCEL[language])
    told = chat.told(words)

    assert told.split("(")[0] == chat.phrase("remembered.forgotten", what="?").split("(")[0]
    assert chat.remembered() == {}
    assert [state for state, _ in chat.consents("contact_channel")] == ["given", "withdrawn"]
    assert offers(Chat(service, chat.customer_id, language=language).say(SAID[language])) == []


def test_which_one_is_asked_for_where_several_could_be_meant(service: Service) -> None:
    """Nothing goes on a guess: the reply says where each can be removed; named, the one goes."""
    chat = Chat(service)
    for words in (SAID["en"], "I'm left-handed."):
        chat.say(words)
        chat.say("yes")
    later = Chat(service, chat.customer_id)
    vague = later.told("Please forget what I told you.")
    kept = later.remembered()
    named = later.told("Forget that I'm left-handed.")

    assert vague == chat.phrase("remembered.which")
    assert kept.keys() == {"contact_channel", "handedness"}
    assert "hand" in named
    assert later.remembered().keys() == {"contact_channel"}


@pytest.mark.parametrize(
    ("wish", "more"),
    [({"known": False}, {}), ({"without_my_data": True}, {}), ({}, {"without_my_data": True})],
)
def test_nobody_is_offered_anything_who_is_not_known_or_wants_no_data_used(
    service: Service, wish: dict[str, Any], more: dict[str, Any]
) -> None:
    """Unverified, or without my data, for the conversation or this message."""
    assert offers(Chat(service, **wish).say(SAID["en"], **more)) == []


@pytest.mark.parametrize(("language", "words"), [("en", "I'm left-handed."), ("ko", "저는 왼손잡이예요.")])
def test_who_only_tells_something_is_thanked(service: Service, language: str, words: str) -> None:
    """Nothing was asked: no "I could not find an answer", and no promise that telling changes anything."""
    chat = Chat(service, language=language)
    said = chat.say(words)

    assert chat.content(said, "reply")["text"] == chat.phrase("remembered.heard")
    assert [offer["fact"] for offer in offers(said)] == ["handedness"]


def test_what_was_never_kept_is_not_kept_on_asking(service: Service) -> None:
    """Asked beforehand not to remember anything, the reply says that nothing is."""
    chat = Chat(service)

    assert chat.told("Don't remember what I tell you.") == chat.phrase("remembered.nothing")


def test_a_claim_to_ones_data_is_no_moment_for_an_offer(service: Service) -> None:
    """Who wants to be forgotten is not asked what to remember."""
    said = Chat(service).say("I'm left-handed. Please delete all my data.")

    assert offers(said) == []


def test_no_offer_where_a_person_takes_over(service: Service) -> None:
    """A hand-off is the end of it."""
    said = Chat(service).say("I'm left-handed. I want to talk to an actual employee.")

    assert "hand_off" in [kind for kind, _ in said]
    assert offers(said) == []


def test_no_offer_where_its_purpose_has_been_refused(service: Service) -> None:
    """Who has said no to having answers fitted to them is not asked for what that would need."""
    chat = Chat(service)
    chat.me.put("/v1/me/consents/personalisation_for_the_customer", json={"state": "refused"})

    assert offers(chat.say(SAID["en"])) == []


# ── what customers have a right to ──


def allow(chat: Chat) -> None:
    """Have the customer allow everything for their orders."""
    assert chat.me.put(f"/v1/me/consents/{ORDERS}", json={"state": "given"}).status_code == 200


@pytest.mark.parametrize(
    ("language", "words", "key"),
    [
        ("en", "What do you know about me? Send me all my data.", "rights.access"),
        ("en", "Please delete all my data.", "rights.deletion"),
        ("en", "I withdraw my consent to the use of my location data.", "rights.withdrawal"),
        ("ko", "저에 대해 어떤 정보를 가지고 있는지 알려 주세요.", "rights.access"),
        ("ko", "저에 대해 뭘 알고 있나요?", "rights.access"),
        ("ko", "제 정보 삭제해 주세요", "rights.deletion"),
        ("ko", "위치 정보 이용 동의를 철회할게요.", "rights.withdrawal"),
    ],
)
def test_a_right_is_answered_with_where_it_is_one_step(service: Service, language: str, words: str, key: str) -> None:
    """Nothing is erased or ended on words that leave something open; nobody is sent away to wait either."""
    chat = Chat(service, language=language)
    allow(chat)
    before = chat.me.get("/v1/me").json()["purposes"]
    said = chat.say(words)

    assert chat.content(said, "reply")["text"].startswith(chat.phrase(key))
    assert chat.content(said, "reply")["handed_off"] is False
    assert chat.me.get("/v1/me").json()["purposes"] == before


@pytest.mark.parametrize(("language", "words"), [("en", "Delete my account."), ("ko", "계정 삭제해 주세요")])
def test_who_is_not_known_is_told_how_to_become_so(service: Service, language: str, words: str) -> None:
    """Nothing can be shown or deleted for somebody unknown; a person is offered to who can't sign in."""
    chat = Chat(service, language=language, known=False)

    assert chat.phrase("rights.sign_in") in chat.told(words)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "I withdraw my consent."), ("en", "Stop using my data."), ("ko", "동의 철회할게요")]
)
def test_a_withdrawal_that_leaves_nothing_open_is_done(service: Service, language: str, words: str) -> None:
    """Every purpose ends, and the next reply does without the facts and says what to do instead."""
    chat = Chat(service, language=language)
    allow(chat)
    used = chat.content(chat.say(PARCEL[language]), "receipt")
    told = chat.told(words)
    after = chat.say(PARCEL[language])

    assert "order_status" in [fact["name"] for fact in used["facts"]]
    assert told == chat.phrase("rights.withdrawn_everything")
    assert {one["state"] for one in chat.me.get("/v1/me").json()["purposes"]} == {"withdrawn"}
    assert chat.content(after, "receipt")["facts"] == []
    assert {one["why"] for one in chat.content(after, "receipt")["withheld"]} <= {"no_consent", "not_allowed"}


def test_marketing_ends_alone(service: Service) -> None:
    """What is said of marketing touches nothing else."""
    chat = Chat(service)
    allow(chat)
    told = chat.told("Unsubscribe me from your newsletter, please.")
    seen = chat.me.get("/v1/me").json()

    assert told.startswith(chat.phrase("rights.withdrawn_marketing"))
    assert (state_of(seen, "marketing"), state_of(seen, ORDERS)) == ("withdrawn", "partly")


# ── what was not used ──


@pytest.mark.parametrize(("language", "label"), [("en", "your orders"), ("ko", "주문")])
def test_what_was_switched_off_is_said_with_what_to_do_instead(service: Service, language: str, label: str) -> None:
    """The switch on, the order answers; off, help content does, and one sentence says why and where to change it."""
    chat = Chat(service, language=language)
    with_it = chat.told(PARCEL[language])
    chat.me.put(f"/v1/me/consents/{ORDERS}", json={"state": "withdrawn"})
    without = chat.say(PARCEL[language])
    told, receipt = chat.content(without, "reply"), chat.content(without, "receipt")

    assert "out for delivery" in with_it
    assert told["handed_off"] is False
    assert chat.phrase("held_back.no_consent", what=label) in told["text"]
    assert told["text"].index("[1]") < told["text"].index(chat.phrase("held_back.no_consent", what=label))
    assert "out for delivery" not in told["text"]
    assert {one["why"] for one in receipt["withheld"] if one["category"] == "order"} == {"no_consent"}


@pytest.mark.parametrize("language", ["en", "ko"])
def test_without_data_and_without_a_name_it_is_said_so(service: Service, language: str) -> None:
    """Who asked for it is told that it was done; who is not known learns nothing about what is held."""
    known = Chat(service, language=language)
    unknown = Chat(service, language=language, known=False)

    assert known.phrase("held_back.without_my_data") in known.told(PARCEL[language], without_my_data=True)
    assert known.phrase("held_back.unverified") in unknown.told(PARCEL[language])


def test_a_general_question_says_nothing_of_it(service: Service) -> None:
    """What an answer never needed is not talked about."""
    chat = Chat(service)
    chat.me.put(f"/v1/me/consents/{ORDERS}", json={"state": "withdrawn"})

    assert "Your data" not in chat.told("How do I return an item?")


def test_an_offer_comes_with_a_whole_reply_too(service: Service) -> None:
    """Whoever does not listen to events has it beside the reply."""
    chat = Chat(service)
    answer: httpx.Response = chat.client.post(f"/v1/conversations/{chat.id}/messages", json={"text": SAID["en"]})

    assert answer.json()["offer"]["fact"] == "contact_channel"


# ── with a model ──

INSTEAD = {
    "en": "You can follow your parcel under My page > Orders. [1]",
    "ko": "일반 배송은 2~3영업일이 걸립니다. [1]",
}


def obedient(request: Mapping[str, Any]) -> Script:
    """Write what the customer can do instead, then the sentence that the prompt has for what was not used."""
    read = str(request["messages"][-1]["content"])
    sentence = re.search(r"⟦sentence about what was not used⟧ (.+?) ⟦end of sentence⟧", read)
    return spoken(INSTEAD["ko" if "택배" in read else "en"] + (f" {sentence[1]}" if sentence else ""))


@pytest.fixture(scope="module")
def model() -> Iterator[Loopback]:
    """A model that does as its prompt says."""
    with Loopback(obedient) as server:
        yield server


@pytest.fixture(scope="module")
def modelled(model: Loopback, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The same service with that model."""
    with services(tmp_path_factory.mktemp("modelled")) as serve:
        yield serve(
            HEEDFUL_IDENTITY_SECRET=SECRET,
            HEEDFUL_MODEL="openai:scripted",
            HEEDFUL_MODEL_BASE_URL=model.url,
            HEEDFUL_MODEL_RETRIES="0",
        )


@pytest.mark.parametrize(("language", "label"), [("en", "your orders"), ("ko", "주문")])
def test_a_model_says_in_our_words_what_was_not_used(
    modelled: Service, model: Loopback, language: str, label: str
) -> None:
    """The sentence reaches it as bytes only where something was held back, and passes the guard as it stands."""
    chat = Chat(modelled, language=language)
    chat.say(PARCEL[language])
    with_it = model.chats[-1].prompt
    chat.me.put(f"/v1/me/consents/{ORDERS}", json={"state": "withdrawn"})
    told = chat.content(chat.say(PARCEL[language]), "reply")
    without = model.chats[-1].prompt
    sentence = chat.phrase("held_back.no_consent", what=label)

    assert "out for delivery" in with_it
    assert sentence not in with_it
    assert "out for delivery" not in without
    assert sentence in without
    assert told["text"] == f"{INSTEAD[language]} {sentence}"
    assert (told["handed_off"], told["verdict"]["action"]) == (False, "send")


def test_a_model_writes_on_after_what_heedful_did(modelled: Service, model: Loopback) -> None:
    """It is told what the customer has read already, and its words follow; the offer stands in what it reads, too."""
    chat = Chat(modelled)
    offer = chat.content(chat.say("I'm left-handed. When will my parcel come?"), "offer")
    told = chat.told("Yes please. And when will my parcel come?")
    read = model.chats[-1].prompt

    assert told == f"{chat.phrase('remembered.yes')}\n\n{INSTEAD['en']}"
    assert chat.phrase("remembered.yes") in read
    assert offer["text"] in read
    assert chat.remembered() == {"handedness": "left-handed"}


def test_a_plain_yes_asks_no_model(modelled: Service, model: Loopback) -> None:
    """Nothing has to be written, nor searched, to store what was offered."""
    chat = Chat(modelled)
    chat.say("I'm left-handed. When will my parcel come?")
    asked = len(model.requests)
    receipt = chat.content(chat.say("yes"), "receipt")

    assert len(model.requests) == asked
    assert receipt["model"]["name"] == "none"
