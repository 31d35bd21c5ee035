"""The command line about customers' data: the very same as the API gives, and honest about what it can't do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from heedful.cli import app
from tests.web.conftest import Service, services
from tests.web.customers import ORDERS, SECRET, in_person, profile


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service; the commands run over its data folder."""
    with services(tmp_path_factory.mktemp("cli")) as serve:
        service = serve(HEEDFUL_IDENTITY_SECRET=SECRET)
        service.keys["profiles"] = service.key("profiles")
        yield service


def run(service: Service, *arguments: str | Path, given: str | None = None) -> Result:
    """Run a command over the service's data folder."""
    settings = {"HEEDFUL_DATA_DIR": str(service.settings.data_dir), "HEEDFUL_EMBEDDER": "none"}
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env=settings, input=given)


def of(service: Service, *arguments: str | Path, code: int = 0) -> Any:
    """Return the JSON a command prints, which must end with `code`."""
    done = run(service, *arguments, "--json")
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


def company(service: Service) -> httpx.Client:
    """Return the company's own client."""
    return service.client(service.keys["profiles"])


def lively(service: Service, customer_id: str) -> httpx.Client:
    """Put a customer in who has talked, answered a switch and asked for a correction; return their client."""
    service.profile(profile(customer_id))
    conversation_id, _ = service.open(customer_id=customer_id, language="en")
    mine = in_person(service, customer_id)
    chat = service.client(service.keys["chat"])
    asked = chat.post(f"/v1/conversations/{conversation_id}/messages", json={"text": "When will my parcel come?"})
    assert asked.status_code == 200
    assert mine.put(f"/v1/me/consents/{ORDERS}", json={"state": "withdrawn", "category": "order"}).is_success
    assert mine.post("/v1/me/corrections", json={"fact": "full_name", "value": "Grace Hill"}).status_code == 202
    return mine


def test_what_is_read_is_the_same_as_over_the_api(service: Service, tmp_path: Path) -> None:
    """`profiles show`, `consents` and `export` print what the API answers, to the letter."""
    mine = lively(service, "c-same")
    exported = json.loads(run(service, "export", "c-same").stdout)
    over_api = mine.get("/v1/me/export").json()
    page = tmp_path / "page.html"
    written = run(service, "export", "c-same", "--html", "--language", "ko", "-o", page)

    assert of(service, "profiles", "show", "c-same") == company(service).get("/v1/profiles/c-same").json()
    assert of(service, "consents", "c-same") == mine.get("/v1/me/consents").json()
    assert {**exported, "exported_at": ""} == {**over_api, "exported_at": ""}
    assert len(exported["receipts"]) == 1
    assert written.exit_code == 0
    assert "보관 중인 정보" in page.read_text(encoding="utf-8")
    assert "Grace Testhill" in page.read_text(encoding="utf-8")


def test_people_can_read_it_without_json(service: Service) -> None:
    """Without --json each command prints lines for a person."""
    lively(service, "c-words")
    shown, said = run(service, "profiles", "show", "c-words"), run(service, "consents", "c-words")

    assert "order_status" in shown.stdout
    assert "out for delivery" in shown.stdout
    assert f"{ORDERS}: " in shown.stdout
    assert "asked to correct full_name: Grace Hill" in shown.stdout
    assert "withdrawn" in said.stdout
    assert f"{ORDERS}: order" in said.stdout


def test_an_erasure_is_the_same_as_over_the_api(service: Service) -> None:
    """Of two customers alike, one is erased here and one there: the same counts, and nothing is left of either."""
    for name in ("c-here", "c-there"):
        lively(service, name)
    without = run(service, "erase", "c-here", "--json")
    still = company(service).get("/v1/profiles/c-here").status_code
    here = of(service, "erase", "c-here", "--yes")
    there = company(service).delete("/v1/profiles/c-there").json()

    assert without.exit_code == 2
    assert "--yes" in without.stdout
    assert still == 200
    assert here["counts"] == there["counts"]
    assert here["why"] == there["why"] == "company"
    assert set(here) == set(there)
    assert here["chain"]["position"] < there["chain"]["position"]
    for name in ("c-here", "c-there"):
        assert company(service).get(f"/v1/profiles/{name}").status_code == 404
        assert run(service, "export", name).exit_code == 2
        assert "nothing is held" in of(service, "profiles", "show", name, code=2)["error"]["message"]
    assert run(service, "audit", "verify").exit_code == 0


def test_holds_and_corrections_are_the_same_as_over_the_api(service: Service) -> None:
    """Set here, seen there, and the other way round; a held customer is not erased from the command line either."""
    lively(service, "c-held")
    reason = "A court asked us to keep it."
    held = of(service, "hold", "set", "c-held", "--reason", reason)
    refused = of(service, "erase", "c-held", "--yes", code=2)
    listed = of(service, "hold", "list")
    there = company(service).get("/v1/profiles/holds").json()
    waiting = of(service, "corrections", "list")
    mine = next(one for one in waiting["items"] if one["customer_id"] == "c-held")
    over_api = company(service).get("/v1/profiles/corrections").json()
    settled = of(service, "corrections", "settle", mine["id"], "--declined", "--note", "As you signed.")
    released = of(service, "hold", "release", "c-held")

    assert held["reason"] == reason
    assert refused["error"]["code"] == "legal_hold"
    assert listed == there
    assert waiting == over_api
    assert (settled["state"], settled["note"]) == ("declined", "As you signed.")
    assert released == {"released": True}
    assert of(service, "hold", "release", "c-held", code=2)["error"]["code"] == "no_hold"


CSV = """\ufeffcustomer_id,name,value,category,purposes,consent,given_at
c-csv,order_status,배송 중,order,order_management,given,2026-03-02T10:15:00+09:00
c-csv,full_name,김미나,identity,,,
c-bad,shoe_size,42,shoes,,,
"""


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_a_csv_comes_in_with_its_consents(service: Service, tmp_path: Path, encoding: str) -> None:
    """Facts and consents of a Korean spreadsheet are in; the customer with a category nobody knows is named by line."""
    file = tmp_path / "customers.csv"
    file.write_bytes(CSV.lstrip("\ufeff" if encoding == "cp949" else "").encode(encoding))
    done = of(service, "profiles", "import", file, code=1)
    shown = of(service, "profiles", "show", "c-csv", "--language", "ko")

    assert done["profiles"] == 1
    assert [one["line"] for one in done["broken"]] == [4]
    assert "shoes" not in json.dumps(done)
    assert [fact["value"] for fact in shown["facts"]] == ["배송 중", "김미나"]
    assert next(one["state"] for one in shown["purposes"] if one["id"] == ORDERS) == "partly"
    assert company(service).get("/v1/profiles/c-bad").status_code == 404


def test_an_array_and_the_input_are_taken_too(service: Service, tmp_path: Path) -> None:
    """A JSON array by its first letter; JSON Lines from the standard input; the same twice changes nothing."""
    people = [profile("c-array-1"), {"customer_id": "c-array-2", "facts": [{"name": "x"}]}, profile("c-array-3")]
    file = tmp_path / "customers.json"
    file.write_text(json.dumps(people, indent=1), encoding="utf-8")
    done = of(service, "profiles", "import", file, code=1)
    piped = run(service, "profiles", "import", "-", "--json", given=json.dumps(profile("c-piped")))
    run(service, "profiles", "import", "-", given=json.dumps(profile("c-piped")))

    assert (done["profiles"], [one["line"] for one in done["broken"]]) == (2, [2])
    assert json.loads(piped.stdout) == {"profiles": 1, "broken": []}
    assert len(of(service, "consents", "c-piped")["items"]) == 4


def test_an_import_leaves_what_the_customer_said(service: Service, tmp_path: Path) -> None:
    """An import of the same customer later does not turn on again what they have switched off."""
    mine = lively(service, "c-later")
    file = tmp_path / "again.jsonl"
    file.write_text(json.dumps(profile("c-later")), encoding="utf-8")
    of(service, "profiles", "import", file)
    seen = mine.get("/v1/me").json()
    entry = next(one for one in seen["purposes"] if one["id"] == ORDERS)

    assert {one["state"] for one in entry["categories"] if one["category"] == "order"} == {"withdrawn"}
