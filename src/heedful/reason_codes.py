"""The guard's reason codes: what each is about, what is usually done, and the mildest that a policy may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from heedful.values import Action

Setting = Literal["off", "observe", "redact", "revise", "hand_off", "block"]
SETTINGS: tuple[Setting, ...] = ("off", "observe", "redact", "revise", "hand_off", "block")  # mildest first
FAILURE = "guard_failure"

_OUT = "what is out can't be taken back"
_AGREED = (
    "what a customer has not agreed to is never said; what a question needs stands under 'kinds', and the customer's"
    " own consent does the rest"
)


@dataclass(frozen=True, slots=True)
class ReasonCode:
    """One reason not to send a draft as it is.

    `mildest` is the least that a policy may ask for; `because` says why it can't be less, empty where it may be off.
    """

    what: str
    usual: Action
    mildest: Setting = "off"
    because: str = ""

    @property
    def allowed(self) -> tuple[Setting, ...]:
        """What a policy may ask for, mildest first."""
        return SETTINGS[SETTINGS.index(self.mildest) :]


@dataclass(frozen=True, slots=True)
class Threshold:
    """From which number on, of 0 to 1, a check takes something for a finding: less is stricter."""

    what: str
    usual: float
    most: float = 1.0


# Chosen by hand on our own cases; a quarter more or less changes few of them.
THRESHOLDS: Mapping[str, Threshold] = {
    "ungrounded": Threshold("how much of a sentence stands in a published one, for the two to be compared", 0.5),
    "injection_driven": Threshold(
        "how much of a sentence stands in orders from outside, and nowhere else, for it to follow them", 0.4, 0.6
    ),
}
CODES: Mapping[str, ReasonCode] = {
    "other_customer": ReasonCode("Another customer's e-mail address, number or id.", Action.BLOCK, "block", _OUT),
    "wrong_recipient": ReasonCode(
        "A mail to an address nobody verified, or about somebody's own affairs with others in copy.",
        Action.BLOCK,
        "block",
        _OUT,
    ),
    "secret_leak": ReasonCode("Keys, tokens, passwords and internal addresses.", Action.BLOCK, "block", _OUT),
    "hidden_context": ReasonCode(
        "The model's own instructions, or help content that is for staff only.", Action.BLOCK, "block", _OUT
    ),
    "unconsented_fact": ReasonCode(
        "Something held about the customer that they have not agreed to have used, in any spelling.",
        Action.REVISE,
        "redact",
        _AGREED,
    ),
    "purpose_mismatch": ReasonCode(
        "Something held about the customer that they agreed to have used for something else.",
        Action.REVISE,
        "redact",
        _AGREED,
    ),
    "third_party": ReasonCode(
        "Data of a person who is not the customer, whom the customer has not named and the company does not publish.",
        Action.REDACT,
        "redact",
        "it is somebody's who can't be asked; what the company publishes stands under 'contacts'",
    ),
    "identifier_in_clear": ReasonCode(
        "A national number, passport, licence, card or account number in full, whosever it is.",
        Action.REDACT,
        "redact",
        f"such a number opens an account or an identity, and {_OUT}",
    ),
    "over_disclosure": ReasonCode(
        "A value in full where a hint is enough.",
        Action.REDACT,
        "redact",
        "how precisely a fact may be given is said once, under 'categories', as `precision`",
    ),
    "cross_channel": ReasonCode(
        "A value that this channel may not carry.",
        Action.REDACT,
        "redact",
        "which channels may carry a fact is said once, under 'categories', as `channels`",
    ),
    "sensitive_inference": ReasonCode(
        "Health, belief, orientation, pregnancy or money trouble said of a customer who did not bring it up.",
        Action.REVISE,
        "observe",
        "what the law protects most is never left unseen",
    ),
    "creepy_recital": ReasonCode("What the customer did on the site, told back to them unasked.", Action.REVISE),
    "ungrounded": ReasonCode(
        "A figure, date, fee, address or claim that no passage, no promise and no allowed fact supports.",
        Action.REVISE,
    ),
    "unauthorised_promise": ReasonCode(
        "A refund, compensation or deadline beyond what the company has promised.", Action.REVISE
    ),
    "sales_pressure": ReasonCode("Offers nobody asked for, urgency, scarcity, guilt, a hidden way out.", Action.REDACT),
    "injection_driven": ReasonCode(
        "Something that only a text from outside says or orders, as a quoted mail.",
        Action.REVISE,
        "observe",
        "somebody else's orders are never left unseen",
    ),
    "unsafe_output": ReasonCode(
        "Markup, scripts, remote images, and links to where the company is not.",
        Action.REDACT,
        "redact",
        "a page or a mail program would act on it; where links may lead is said under 'links'",
    ),
    "missing_ai_notice": ReasonCode(
        "A first message or a mail that does not say an AI wrote it, or that claims a person did.",
        Action.REDACT,
        "redact",
        "customers have to be told; how they are told is said under 'notices'",
    ),
    "rights_ignored": ReasonCode(
        "The customer asks for their data, its deletion, a withdrawal or a person; the draft does nothing about it.",
        Action.HAND_OFF,
        "revise",
        "the law gives customers these rights, and a request has to be acted on",
    ),
    FAILURE: ReasonCode(
        "A check could not run to its end.", Action.HAND_OFF, "hand_off", "what nobody could check is never sent"
    ),
}  # fmt: skip
