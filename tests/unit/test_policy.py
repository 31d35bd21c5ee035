"""policy.toml is read strictly, and answers what each category may be used for."""

from __future__ import annotations

from pathlib import Path

import pytest

from heedful.errors import InputError, PolicyError
from heedful.policy import Policy, in_language, load, needed_for, purpose_for
from heedful.policy_case import CASE_CATEGORIES, policy_of_case

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "policy.toml"


@pytest.fixture(scope="module")
def policy() -> Policy:
    """The policy that ships."""
    return load(SHIPPED)


def changed(tmp_path: Path, old: str, new: str) -> Path:
    """The shipped policy with one thing changed."""
    text = SHIPPED.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    path = tmp_path / "policy.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_the_shipped_policy_speaks_both_languages(policy: Policy) -> None:
    """Every text of the sample company is there in English and in Korean, with the same figures."""
    assert policy.company == {"en": "Dalbit Living", "ko": "달빛리빙"}
    assert len(policy.promises_by_language["en"]) == len(policy.promises_by_language["ko"])
    for english, korean in zip(policy.promises_by_language["en"], policy.promises_by_language["ko"], strict=True):
        assert [c for c in english if c.isdigit()] == [c for c in korean if c.isdigit()]
    assert set(policy.promises) == {*policy.promises_by_language["en"], *policy.promises_by_language["ko"]}
    assert "AI" in policy.notice("chat", "ko")
    assert "AI" in policy.notice("email", "en")
    assert policy.notice("assist", "en") == ""


def test_another_language_falls_back_to_english(policy: Policy) -> None:
    """A text that does not exist in a language is given in English."""
    assert in_language(policy.ai_name, "fr") == "Dalbit's AI assistant"
    assert in_language({}, "fr") == ""


def test_all_categories_of_the_formats_are_there(policy: Policy) -> None:
    """No category that a profile may hold is left to chance."""
    assert set(policy.categories) == set(CASE_CATEGORIES)


@pytest.mark.parametrize("category", ["unique_identifier", "special"])
def test_identity_numbers_and_sensitive_facts_never_go_to_a_model(policy: Policy, category: str) -> None:
    """They are for no purpose, on no channel."""
    found = policy.categories[category]

    assert (found.to_model, found.purposes, found.channels) == (False, frozenset(), frozenset())
    assert found.precision_of("anything", "chat") == "none"


def test_marketing_is_known_and_never_a_ground(policy: Policy) -> None:
    """Marketing can be recorded; no category may be used for it and no kind of question has it."""
    assert not policy.purposes["marketing"].ground
    assert all("marketing" not in category.purposes for category in policy.categories.values())
    assert all(kind.purpose != "marketing" for kind in policy.kinds.values())


@pytest.mark.parametrize(
    ("kinds", "purpose"),
    [
        ((), "customer_care"),
        (("product",), "customer_care"),
        (("delivery",), "order_management"),
        (("account",), "account_management"),
        (("account", "delivery"), "order_management"),
        (("product", "account"), "account_management"),
        (("unheard_of",), "customer_care"),
    ],
)
def test_one_purpose_is_decided(policy: Policy, kinds: tuple[str, ...], purpose: str) -> None:
    """Of several kinds the first in the policy's order decides, whatever order they came up in."""
    assert purpose_for(policy, kinds) == purpose
    assert purpose_for(policy, tuple(reversed(kinds))) == purpose


def test_an_address_is_for_a_delivery_question_and_an_order_not_for_a_password(policy: Policy) -> None:
    """Only the facts that a kind of question needs are needed; several kinds need what each does."""
    delivery, login = needed_for(policy, ("delivery",)), needed_for(policy, ("login",))
    both = needed_for(policy, ("delivery", "login"))

    assert delivery.hold("contact", "delivery_address")
    assert not delivery.hold("contact", "email")
    assert not delivery.hold("identity", "full_name")
    assert login.hold("contact", "email")
    assert not login.hold("contact", "delivery_address")
    assert not login.hold("order", "order_id")
    assert all(both.hold("contact", name) for name in ("delivery_address", "email"))
    assert needed_for(policy, ("delivery", "account")).categories >= {"order", "identity"}
    assert needed_for(policy, ()).categories == {"preference"}


def test_a_whole_category_beside_some_of_its_facts_is_the_whole(policy: Policy) -> None:
    """What one kind needs all of, another can't narrow."""
    both = needed_for(policy, ("delivery", "account"))

    assert both.hold("contact", "messenger")


def test_how_to_speak_with_a_customer_is_needed_for_every_answer(policy: Policy) -> None:
    """The language they want and the way they like to be answered are for any question, their sizes are not."""
    for kinds in ((), ("login",), ("payment", "refund")):
        assert needed_for(policy, kinds).hold("preference", "reply_language")
    assert not needed_for(policy, ("login",)).hold("preference", "shoe_size")


def test_the_policy_says_who_asks_for_how_long_and_what_tokens_tell(policy: Policy) -> None:
    """Controller, notice, retention and claims are there, in both languages."""
    assert policy.controller.country == "KR"
    assert set(policy.controller.name) == set(policy.consent.notice) == set(policy.consent.refusing) == {"en", "ko"}
    assert policy.retention == {"conversations": 365, "unverified_conversations": 90}
    assert policy.claims["email"] == ("email", "contact")
    assert policy.special == {"unique_identifier", "special"}
    assert policy.purposes["customer_care"].valid_days == 730
    assert [purpose.id for purpose in policy.purposes.values() if purpose.beside] == [
        "personalisation_for_the_customer"
    ]


def test_what_tells_of_behaviour_is_marked(policy: Policy) -> None:
    """What a customer did on the site, and where they are, is closed by a browser that says so."""
    assert {name for name, category in policy.categories.items() if category.behaviour} == {"behaviour", "location"}


def test_a_fact_can_be_given_in_full_where_its_category_is_only_hinted_at(policy: Policy) -> None:
    """`full` and `plain` name the exceptions; a name that is not among them keeps the stricter rule."""
    payment = policy.categories["payment"]

    assert payment.precision_of("refund_amount", "chat") == "full"
    assert payment.precision_of("card", "chat") == "hint"
    assert payment.precision_of("refund_amount", "email") == "none"
    assert payment.hides("card")
    assert not payment.hides("refund_amount")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('on_model_failure = "extractive"', 'on_model_failure = "panic"', "on_model_failure"),
        ('languages = ["en", "ko"]', 'languages = ["en", "ko"]\nlanguage = "en"', "language"),
        ('chat = "unit"', 'chat = "word"', "release.chat"),
        ('assist = "whole"', 'assist = "whole"\nfax = "whole"', "release.fax"),
        ("placeholder = true", "placehoder = true", "categories.identity.placehoder"),
        ("placeholder = true", 'placeholder = "yes"', "categories.identity.placeholder"),
        ("\nground = false", "\nground = true", "purposes.marketing.ground"),
        ("\nto_model = false", "\nto_model = true", "categories.unique_identifier.to_model"),
        ('needs = ["order", "payment"]', 'needs = ["orders"]', "kinds.cancel.needs"),
        ('needs = ["order", "payment"]', 'needs = ["order."]', "kinds.cancel.needs"),
        ('needs = ["order", "payment"]', 'needs = ["orders.id"]', "kinds.cancel.needs"),
        ('purpose = "account_management"', 'purpose = "marketing"', "kinds.login.purpose"),
        ('purpose = "account_management"', "", "kinds.login.purpose"),
        ("valid_days = 730", "valid_days = 0", "purposes.customer_care.valid_days"),
        ("valid_days = 730", "valid_days = true", "purposes.customer_care.valid_days"),
        ("\nbeside = true", "\nbeside = true\nground = false", "purposes.personalisation_for_the_customer.beside"),
        ('country = "KR"', 'country = "Korea"', "controller.country"),
        ('version = "2026-11"', "", "consent.version"),
        ("{withdraw}", "", "consent.notice"),
        ("{company}", "{company} {nobody}", "consent.notice"),
        ("{company}", "{company", "consent.notice"),
        ("{days} days", "many days", "consent.kept_for"),
        ("conversations = 365", "", "retention.conversations"),
        ("conversations = 365", "conversations = -1", "retention.conversations"),
        ("conversations = 365", "conversations = 365\nreceipts = 3", "retention.receipts"),
        ('email = "contact.email"', 'email = "contact"', "identity_claims.email"),
        ('email = "contact.email"', 'email = "mail.email"', "identity_claims.email"),
        ('email = "contact.email"', 'email = "special.email"', "identity_claims.email"),
        ('"https://www.dalbit.example/"', '"http://www.dalbit.example/"', "links"),
        ('"https://www.dalbit.example/"', '"https://www.dalbit.example"', "links"),
        ("https://w3id.org/dpv#CustomerCare", "customer care", "purposes.customer_care.dpv"),
        ('ko = "달빛리빙"', 'kr = "달빛리빙"', "company.name.ko"),
        ('ko = "달빛리빙"', 'ko = ""', "company.name.ko"),
        (
            'precision = { chat = "full", email = "full"',
            'precision = { chat = "fuzzy", email = "full"',
            ".precision.chat",
        ),
        ('precision = { chat = "hint", assist = "hint" }', 'precision = { chat = "hint" }', ".precision.assist"),
        ('channels = ["chat", "email", "assist"]', 'channels = "chat"', "categories.identity.channels"),
        ("[otherwise]", "[other_wise]", "otherwise"),
        ('["preference.reply_language",', '["preferences.reply_language",', "always.needs"),
        ("[always]\nneeds", "[always]\nneed", "always.need"),
    ],
)
def test_a_mistake_is_named_with_its_key_and_file(tmp_path: Path, old: str, new: str, named: str) -> None:
    """Whatever is missing, misspelt or of another type stops the start, and the message says where to mend it."""
    with pytest.raises(PolicyError) as caught:
        load(changed(tmp_path, old, new))

    assert named in str(caught.value)
    assert "policy.toml" in str(caught.value)


def test_broken_toml_is_named_with_its_line(tmp_path: Path) -> None:
    """A file that is no TOML says on which line."""
    path = tmp_path / "policy.toml"
    path.write_text("languages = [\n", encoding="utf-8")

    with pytest.raises(PolicyError, match=r"policy\.toml.*(line|end)"):
        load(path)


def test_a_missing_or_unreadable_file_is_named(tmp_path: Path) -> None:
    """No file, or one in another encoding, is an error of ours."""
    (tmp_path / "policy.toml").write_bytes("name = '달빛'".encode("cp949"))

    with pytest.raises(PolicyError, match="UTF-8"):
        load(tmp_path / "policy.toml")
    with pytest.raises(PolicyError, match="HEEDFUL_POLICY"):
        load(tmp_path / "nowhere.toml")


def test_folders_of_help_content_are_named(tmp_path: Path) -> None:
    """A policy may name folders for staff only; one that says nothing of help content is a policy, too."""
    shipped = SHIPPED.read_text(encoding="utf-8")
    said, silent = tmp_path / "said.toml", tmp_path / "silent.toml"
    said.write_text(shipped.replace("internal = []", 'internal = ["staff/**"]'), encoding="utf-8")
    silent.write_text(shipped.partition("[knowledge]")[0], encoding="utf-8")

    assert (load(said).internal_folders, load(said).untrusted_folders) == (("staff/**",), ())
    assert load(silent).internal_folders == ()


def test_english_has_to_be_among_the_languages(tmp_path: Path) -> None:
    """English is what every other language falls back to."""
    with pytest.raises(PolicyError, match="'languages'"):
        load(changed(tmp_path, 'languages = ["en", "ko"]', 'languages = ["ko"]'))


def test_the_policy_of_a_case_holds_what_the_case_says() -> None:
    """A guard case names promises, links, contacts and channels; a category it does not name may go on all."""
    policy = policy_of_case(
        {
            "promises": ["We reply in 1 day."],
            "links": ["https://x.example/"],
            "contacts": ["1588-0000"],
            "channels": {"payment": ["chat", "assist"]},
        }
    )

    assert policy.promises == ("We reply in 1 day.",)
    assert policy.contacts == ("1588-0000",)
    assert policy.links == ("https://x.example/",)
    assert policy.categories["payment"].channels == {"chat", "assist"}
    assert policy.categories["order"].channels == {"chat", "email", "assist"}


def test_a_case_need_not_say_anything() -> None:
    """Without a policy in the case nothing is promised and every channel is open."""
    assert policy_of_case(None) == policy_of_case({})
    assert policy_of_case({}).promises == ()


@pytest.mark.parametrize(
    "given",
    [
        {"promises": "one"},
        {"links": [1]},
        {"channels": ["chat"]},
        {"channels": {"order": ["fax"]}},
        {"channels": {"order": "chat"}},
    ],
)
def test_a_malformed_case_is_the_callers_mistake(given: dict[str, object]) -> None:
    """What a case's policy can't hold is an input error."""
    with pytest.raises(InputError):
        policy_of_case(given)
