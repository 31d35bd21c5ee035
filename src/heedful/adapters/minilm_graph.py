"""The weights of all-MiniLM-L6-v2 as an ONNX graph: token ids in, unit-length sentence vectors out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import onnx

LAYERS = 6
HEADS = 12
WIDTH = 384
HEAD_WIDTH = WIDTH // HEADS
EPSILON = 1e-12  # of every layer normalisation, from the model's config.json
OPSET = 20  # the first with Gelu
IR_VERSION = 9  # the one that belongs to opset 20; newer ones lock out older runtimes

Weights = Mapping[str, NDArray[np.float32]]


def build(weights: Weights) -> onnx.ModelProto:
    """Return the graph of the model; inputs `ids` and `mask` (int64, batch × length), output `vectors` (batch × 384).

    `weights` are the tensors under the names that the safetensors file gives them.

    Raises:
        KeyError: A tensor is missing.
    """
    from onnx import TensorProto, checker, helper

    graph = _Graph(weights)
    state = _embed(graph)
    bias = _attention_bias(graph)
    for number in range(LAYERS):
        state = _layer(graph, f"encoder.layer.{number}", state, bias)
    _pool(graph, state)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "all-MiniLM-L6-v2",
            [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in ("ids", "mask")],
            [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", WIDTH])],
            graph.constants,
        ),
        producer_name="heedful",
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
    )
    checker.check_model(model)
    return model


class _Graph:
    """Nodes and constants in the order they are made; every method returns the name of what it made."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def op(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        from onnx import helper

        output = name or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=output, **attributes))
        return output

    def constant(self, value: NDArray[Any], name: str = "") -> str:
        from onnx import numpy_helper

        name = name or f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def weight(self, name: str, *, transposed: bool = False) -> str:
        tensor = self.weights[name]
        return self.constant(tensor.T if transposed else tensor, name)

    def dense(self, name: str, state: str) -> str:
        product = self.op("MatMul", state, self.weight(f"{name}.weight", transposed=True))
        return self.op("Add", product, self.weight(f"{name}.bias"))

    def norm(self, name: str, state: str) -> str:
        scale, shift = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.op("LayerNormalization", state, scale, shift, axis=-1, epsilon=EPSILON)

    def reshape(self, state: str, *shape: int) -> str:
        return self.op("Reshape", state, self.constant(np.array(shape, np.int64)))


def _embed(graph: _Graph) -> str:
    """Return the normalised sum of word, position and (always the first) segment embeddings."""
    words = graph.op("Gather", graph.weight("embeddings.word_embeddings.weight"), "ids")
    shape = graph.op("Shape", "ids", start=1, end=2)
    first = graph.constant(np.array([0], np.int64))
    places = graph.op("Slice", graph.weight("embeddings.position_embeddings.weight"), first, shape, first)
    segment = graph.constant(graph.weights["embeddings.token_type_embeddings.weight"][0], "segment")
    return graph.norm("embeddings.LayerNorm", graph.op("Add", graph.op("Add", words, places), segment))


def _attention_bias(graph: _Graph) -> str:
    """Return 0 where a token is and a very small number where padding is, as batch × 1 × 1 × length."""
    from onnx import TensorProto

    mask = graph.op("Unsqueeze", "mask", graph.constant(np.array([1, 2], np.int64)))
    absent = graph.op("Sub", graph.constant(np.array(1, np.float32)), graph.op("Cast", mask, to=TensorProto.FLOAT))
    return graph.op("Mul", absent, graph.constant(np.array(-1e9, np.float32)))


def _layer(graph: _Graph, name: str, state: str, bias: str) -> str:
    """Return the state after one transformer layer: self-attention, then the two dense steps, each normalised."""
    query, key, value = (
        graph.op(
            "Transpose",
            graph.reshape(graph.dense(f"{name}.attention.self.{part}", state), 0, 0, HEADS, HEAD_WIDTH),
            perm=order,
        )
        for part, order in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3]))
    )
    scale = graph.constant(np.array(HEAD_WIDTH**-0.5, np.float32))
    scores = graph.op("Add", graph.op("Mul", graph.op("MatMul", query, key), scale), bias)
    mixed = graph.op("MatMul", graph.op("Softmax", scores, axis=-1), value)
    joined = graph.reshape(graph.op("Transpose", mixed, perm=[0, 2, 1, 3]), 0, 0, WIDTH)
    attended = graph.op("Add", graph.dense(f"{name}.attention.output.dense", joined), state)
    state = graph.norm(f"{name}.attention.output.LayerNorm", attended)
    wide = graph.op("Gelu", graph.dense(f"{name}.intermediate.dense", state), approximate="none")
    return graph.norm(f"{name}.output.LayerNorm", graph.op("Add", graph.dense(f"{name}.output.dense", wide), state))


def _pool(graph: _Graph, state: str) -> None:
    """Average the tokens that are no padding, and bring the row to length 1."""
    from onnx import TensorProto

    last = graph.constant(np.array([2], np.int64))
    middle = graph.constant(np.array([1], np.int64))
    mask = graph.op("Unsqueeze", graph.op("Cast", "mask", to=TensorProto.FLOAT), last)
    # The count of tokens needs no division: bringing the sum to length 1 gives the same row.
    total = graph.op("ReduceSum", graph.op("Mul", state, mask), middle, keepdims=0)
    graph.op("LpNormalization", total, axis=-1, p=2, name="vectors")
