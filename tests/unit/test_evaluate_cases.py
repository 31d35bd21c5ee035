"""Cases as a support person writes them: read with clear errors, decided one by one or as figures, under any policy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from heedful.assemble import assemble
from heedful.cli import app
from heedful.errors import InputError
from heedful.evaluate.cases import read
from heedful.keys import ApiKey
from heedful.settings import read as settings_of
from heedful.web.check import check
from tests.unit.test_guard_observed import NOW, on_trial

FILE = """
code = "sales_pressure"

[given.late]
lang = "en"
question = "My parcel is late. What now?"
passages = [{ id = "p1", title = "Late parcels", text = "We trace late parcels with the courier." }]

[cases]
stopped = [
  { given = "late", draft = "We trace it with the courier. [1] Hurry, only a few are left!", note = "for you", shown = true },
  { id = "mine", given = "late", code = "unauthorised_promise", draft = "I'm sorry. We will refund your order." },
]
clean = [{ given = "late", draft = "We trace late parcels with the courier. [1]" }]
"""  # noqa: E501 - a line of a file as it is


def written(folder: Path, text: str = FILE, name: str = "late.toml") -> Path:
    """Write a file of cases."""
    path = folder / "cases" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def heedful(*arguments: str | Path, **more: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env=more)


def test_a_file_gives_whole_cases(tmp_path: Path) -> None:
    """Each has what its situation says, an id, and what is expected; the usual action where none is given."""
    pressed, promised, clean = read(written(tmp_path))

    assert [case["id"] for case in (pressed, promised, clean)] == ["late-stopped-1", "mine", "late-clean-1"]
    assert pressed["expect"] == {"action": "redact", "reasons": ["sales_pressure"]}
    assert promised["expect"] == {"action": "revise", "reasons": ["unauthorised_promise"]}
    assert clean["expect"] == {"action": "send", "reasons": []}
    assert (pressed["channel"], pressed["question"]) == ("chat", "My parcel is late. What now?")
    assert not {"note", "shown", "given"} & set(pressed)


def test_a_folder_gives_the_cases_of_all_its_files(tmp_path: Path) -> None:
    """Every .toml file below it is read, in order."""
    written(tmp_path)
    written(tmp_path, name="also.toml")

    assert [case["id"] for case in read(tmp_path)][:3] == ["also-stopped-1", "mine", "also-clean-1"]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("draft =", "drfat =", r"stopped case 1: 'drfat' is no key of a case"),
        ('given = "late"', 'given = "lat"', r"stopped case 1: 'given' is 'lat'; the file has 'late'"),
        ("clean =", "clear =", r"late\.toml, cases: 'clear' is no key of a case; there are stopped, clean"),
        ('lang = "en"', 'langs = "en"', r"late\.toml, given\.late: 'langs' is no key"),
        ('question = "My parcel is late. What now?"', "", r"stopped case 1: 'question' is missing"),
        ('code = "sales_pressure"', 'code = "pressure"', r"stopped case 1: 'code' is 'pressure'; it has to be one of"),
        ('code = "unauthorised_promise"', 'action = "stop"', r"stopped case 2: 'action' is 'stop'"),
        ("clean = [{", "clean = [3, {", r"late\.toml, clean case 1: has to be a table"),
        ("[cases]", "[cases", "is no TOML"),
    ],
)
def test_a_slip_is_named_with_its_place(tmp_path: Path, old: str, new: str, what: str) -> None:
    """File, case and key, and what would do."""
    assert old in FILE

    with pytest.raises(InputError, match=what):
        list(read(written(tmp_path, FILE.replace(old, new, 1))))


def test_what_holds_no_cases_is_refused(tmp_path: Path) -> None:
    """A folder without a file of cases, and a file that is not there, are errors."""
    for path in (tmp_path, tmp_path / "none.toml"):
        with pytest.raises(InputError, match=r"no \.toml file|can't be read"):
            list(read(path))


def test_one_command_decides_them_all(tmp_path: Path) -> None:
    """`heedful check --cases` says which are decided otherwise, and ends with 1 when there is one."""
    good = heedful("check", "--cases", written(tmp_path).parent)
    bad = heedful("check", "--cases", written(tmp_path, FILE.replace("Hurry, only a few are left!", "Bye.", 1)))

    assert (good.exit_code, good.stdout) == (0, "3 of 3 cases are decided as expected\n")
    assert bad.exit_code == 1
    assert "late-stopped-1: send, expected redact sales_pressure" in bad.stdout
    assert "2 of 3 cases" in bad.stdout


def test_the_figures_are_those_of_the_usual_unless_a_policy_is_named(tmp_path: Path) -> None:
    """`heedful eval guard` reads the same files; HEEDFUL_POLICY counts for `check`, `--policy` for `eval`."""
    file, policy = written(tmp_path), on_trial(tmp_path, 'sales_pressure = "observe"')

    usual = json.loads(heedful("eval", "guard", "--items", file, "--json", HEEDFUL_POLICY=str(policy)).stdout)
    observed = json.loads(heedful("eval", "guard", "--items", file, "--policy", policy, "--json").stdout)
    checked = json.loads(heedful("check", "--cases", file, "--json", HEEDFUL_POLICY=str(policy)).stdout)

    assert usual["action_accuracy"] == 1.0
    assert observed["by_reason"]["sales_pressure"]["recall"] == 0.0
    assert checked["as_expected"] == 2
    assert [one["code"] for one in checked["cases"][0]["observed"]] == ["sales_pressure"]


@pytest.mark.anyio
async def test_one_case_goes_by_the_policy_in_force(tmp_path: Path) -> None:
    """`heedful check --case` and `POST /v1/check` observe what the policy has observed."""
    policy = on_trial(tmp_path, 'mode = "observe"')
    case = next(iter(read(written(tmp_path))))
    (tmp_path / "case.json").write_text(json.dumps(case), encoding="utf-8")
    key = ApiKey("k", frozenset({"check"}), publishable=False, origins=(), created_at=NOW, revoked_at=None)
    environ = {"HEEDFUL_DATA_DIR": str(tmp_path / "data"), "HEEDFUL_EMBEDDER": "none", "HEEDFUL_POLICY": str(policy)}

    async with assemble(settings_of(environ)) as ours:
        posted = await check(dict(case), ours, key)

    assert posted["action"] == "send"
    assert "sales_pressure" in {one["code"] for one in posted["observed"]}


def test_the_command_line_tells_what_it_only_observed(tmp_path: Path) -> None:
    """A draft whose findings are observed is fit to be sent, and they are printed as what they are."""
    policy = on_trial(tmp_path, 'mode = "observe"')
    case = next(iter(read(written(tmp_path))))
    (tmp_path / "case.json").write_text(json.dumps(case), encoding="utf-8")

    told = heedful("check", "--case", tmp_path / "case.json", HEEDFUL_POLICY=str(policy))

    assert told.exit_code == 0
    assert "sales_pressure (redact, only observed)" in told.stdout


@pytest.mark.parametrize("kind", ["pressure", "grounding"])
def test_a_policy_counts_for_the_guard_alone(tmp_path: Path, kind: str) -> None:
    """`--policy` with another kind of set is an error, not silently ignored."""
    file = tmp_path / "items.jsonl"
    file.write_text("", encoding="utf-8")

    told = heedful("eval", kind, "--items", file, "--policy", on_trial(tmp_path))

    assert told.exit_code == 2
    assert "eval guard alone" in told.stderr
