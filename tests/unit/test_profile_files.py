"""Files of customers as companies have them: JSON Lines, arrays, CSV of Korean Windows; the broken ones are named."""

from __future__ import annotations

import io
import json
import tracemalloc
from typing import IO, Any

import pytest

from heedful.errors import InputError
from heedful.profile_files import Form, form_of, read_profiles

HEAD = "customer_id,name,value,category,purposes,consent"
ROWS = """c-1,phone,010-9876-5432,contact,order_management;customer_care,given
c-1,full_name,김미나,identity,,
c-2,order_status,"out, for delivery",order,order_management,refused
"""
FIRST = {
    "customer_id": "c-1",
    "facts": [
        {
            "name": "phone",
            "value": "010-9876-5432",
            "category": "contact",
            "purposes": ["order_management", "customer_care"],
            "consent": "given",
        },
        {"name": "full_name", "value": "김미나", "category": "identity", "purposes": [], "consent": "none"},
    ],
}


def read(content: bytes, form: Form) -> list[tuple[int, Any]]:
    """Return all that a file holds, errors as their words."""
    file: IO[bytes] = io.BytesIO(content)
    return [(place, str(line) if isinstance(line, Exception) else line) for place, line in read_profiles(file, form)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_csv_is_read_however_a_spreadsheet_has_saved_it(encoding: str, delimiter: str, ending: str) -> None:
    """UTF-8 with and without mark, UTF-16, cp949; commas, semicolons, tabs; the same profiles."""
    rows = ROWS.replace(";customer_care", " customer_care").replace(",", delimiter).replace(f'"out{delimiter}', '"out,')
    content = (HEAD.replace(",", delimiter) + "\n" + rows).replace("\n", ending).encode(encoding)
    found = read(content, "csv")

    assert found[0] == (2, FIRST)
    assert found[1][0] == 4
    assert found[1][1]["facts"][0]["value"] == "out, for delivery"


@pytest.mark.parametrize(
    ("head", "word"),
    [
        ("", "customer_id"),
        ("customer_id,name,value", "category"),
        (HEAD + ",colour", "colour"),
        (HEAD + ",name", "two columns"),
    ],
)
def test_a_csv_without_its_columns_is_refused_whole(head: str, word: str) -> None:
    """A column that is missing, unknown or there twice: nothing is taken, and the message names it."""
    with pytest.raises(InputError, match=word):
        read(f"{head}\n{ROWS}".encode(), "csv")


def test_one_broken_row_spoils_its_customer_only() -> None:
    """A row with too many cells, and rows of a customer that stand apart: named by line, the others are taken whole."""
    rows = [
        "c-1,phone,1,contact,,",
        "c-1,phone,2,contact,,,,too many",
        "",
        "c-2,phone,3,contact,,",
        "c-3,phone,4,contact,,",
        "c-2,email,5,contact,,",
    ]
    found = read("\n".join([HEAD, *rows]).encode(), "csv")

    assert [place for place, _ in found] == [3, 5, 6, 7]
    assert "more cells" in found[0][1]
    assert found[1][1]["customer_id"] == "c-2"
    assert found[2][1]["customer_id"] == "c-3"
    assert "put all rows of a customer together" in found[3][1]


def test_a_value_over_several_lines_keeps_the_count_of_lines() -> None:
    """What stands in quotes may break; the next customer is named by the line it begins in."""
    found = read(f'{HEAD}\nc-1,note,"one\ntwo\nthree",preference,,\nc-2,note,x,preference,,\n'.encode(), "csv")

    assert found[0][1]["facts"][0]["value"] == "one\ntwo\nthree"
    assert found[1][0] == 5


def test_an_array_is_read_item_by_item() -> None:
    """Items come in order, by their place; one that is no object is named; white space does not matter."""
    items: list[Any] = [{"customer_id": "c-1"}, 7, {"customer_id": "c-3", "note": "]},["}]
    for text in (json.dumps(items), json.dumps(items, indent=3), " \n" + json.dumps(items).replace(", ", "\n,\n")):
        found = read(text.encode("utf-8-sig"), "array")

        assert found == [(1, items[0]), (2, "it is not a JSON object"), (3, items[2])]


@pytest.mark.parametrize("end", ["", ",", ', {"customer_id": ', ", nothing]", "} ]"])
def test_an_array_that_breaks_off_gives_what_came_before(end: str) -> None:
    """The items before are taken; where it can't be read any more is named, once."""
    found = read(b'[{"customer_id": "c-1"}, {"customer_id": "c-2"}' + end.encode(), "array")

    assert [line["customer_id"] for _, line in found[:2]] == ["c-1", "c-2"]
    assert found[2:] == [(3, "the array can't be read from here on")]


def test_a_large_array_is_never_held_whole() -> None:
    """Memory stays that of one piece of the file, however many customers are in it."""
    item = json.dumps({"customer_id": "c-1", "facts": [{"value": "x" * 1000}]})
    content = ("[" + ",".join([item] * 20_000) + "]").encode()
    tracemalloc.start()
    count = sum(1 for _ in read_profiles(io.BytesIO(content), "array"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 20_000
    assert peak - len(content) < 4_000_000


def test_a_line_that_is_not_utf8_does_not_spoil_the_others() -> None:
    """Each line of JSON Lines stands for itself."""
    found = read(b'{"a": 1}\n' + "값".encode("cp949") + b"\n{}", "lines")

    assert [place for place, _ in found] == [1, 2, 3]
    assert "codec can't decode" in found[1][1]


@pytest.mark.parametrize(
    ("name", "start", "form"),
    [
        ("customers.csv", b"customer_id", "csv"),
        ("customers.tsv", b"customer_id", "csv"),
        ("customers.json", b"\xef\xbb\xbf [", "array"),
        ("customers.json", b'{"customer_id"', "lines"),
        ("customers.jsonl", b"", "lines"),
        ("-", b"customer_id,name", "csv"),
        ("-", b"\n [{", "array"),
        ("-", b'{"customer_id"', "lines"),
    ],
)
def test_how_a_file_is_written_is_seen(name: str, start: bytes, form: Form) -> None:
    """By its name, and by how it starts where the name says nothing."""
    assert form_of(name, start) == form
