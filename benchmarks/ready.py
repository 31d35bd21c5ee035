"""How soon a service that starts over an index on disk gives its first whole answer, in English and in Korean."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from benchmarks.corpus import QUESTION, QUESTION_KO
from benchmarks.processes import Service, service
from benchmarks.rows import Row, median

STARTS = 3  # of each language


def rows(data: Path, settings: Mapping[str, str], key: str) -> list[Row]:
    """Return rows of the time from the start of the process, weights, indexes and all, to the first answers."""
    listening: list[float] = []
    english: list[float] = []
    korean: list[float] = []
    for _ in range(STARTS):
        for question, taken in ((QUESTION, english), (QUESTION_KO, korean)):
            with service(data, settings, cpu=None) as serving:
                listening.append(time.perf_counter() - serving.began)
                _answer(serving, key, question)
                taken.append(time.perf_counter() - serving.began)
    return [
        Row("start to listening, index on disk", median(listening), "s"),
        Row("start to the first English answer", median(english), "s", hold=5),
        Row("start to the first Korean answer", median(korean), "s", hold=8),
    ]


def _answer(serving: Service, key: str, question: str) -> None:
    with httpx.Client(base_url=serving.url, timeout=60, trust_env=False) as http:
        opened = http.post("/v1/conversations", json={}, headers={"Authorization": f"Bearer {key}"}).json()
        headers = {"Authorization": f"Bearer {opened['token']}"}
        answer = http.post(f"/v1/conversations/{opened['id']}/messages", json={"text": question}, headers=headers)
        reply = answer.raise_for_status().json()
    if reply["handed_off"] or not reply["citations"]:
        raise RuntimeError(f"this is no answer: {reply}")
