"""What the policy says of the judge: which drafts it is asked about, and what happens when it can't be reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from heedful.policy_table import Table

Asked = Literal["always", "unsure"]
OnJudgeFailure = Literal["hand_off", "send"]


@dataclass(frozen=True, slots=True)
class JudgePolicy:
    """When a judge is asked, and what counts when it does not answer.

    `asked`: about every draft that the rules would send, or only where they are unsure of it. `on_judge_failure`: a
    person takes over, or what the rules say counts alone; `send` holds only where the judge could not be reached.
    """

    asked: Asked = "always"
    on_judge_failure: OnJudgeFailure = "hand_off"


def read_judge(table: Table) -> JudgePolicy:
    """Take the table `judge`; what it leaves out is as strict as can be.

    Raises:
        PolicyError: A key is misspelt, or a value is none that it can have.
    """
    asked = table.choice("asked", ("always", "unsure")) if table.has("asked") else "always"
    failure = "hand_off"
    if table.has("on_judge_failure"):
        failure = table.choice("on_judge_failure", ("hand_off", "send"))
    table.finish()
    return JudgePolicy(cast("Asked", asked), cast("OnJudgeFailure", failure))
