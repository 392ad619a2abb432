"""The averaged G as ONNX, where the packages for that are installed."""

from __future__ import annotations

import logging
from importlib.util import find_spec

import torch

from playground.training.trainer import Trainer
from playground.utils.errors import UserError
from playground.utils.translation import _

NEEDED = ("onnx", "onnxscript")
log = logging.getLogger(__name__)


def onnx(trainer: Trainer) -> bytes:
    """G with averaged weights: from "z" (n, z_dim), and "y" (n,) where it is told a class, to "x" (n, *shape), any n.

    Takes seconds. Raises UserError where a package is not there, or where ONNX has no such network.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        words = _("ONNX needs {packages}: pip install -r requirements-onnx.txt.")
        raise UserError(words.format(packages=" and ".join(missing)))
    G = trainer.averages[trainer.averaged[0]]
    y = () if trainer.fixed_y is None else (trainer.fixed_y[:3],)
    inputs = (trainer.fixed_z[:3], *y)
    n = torch.export.Dim("n")
    try:
        program = torch.onnx.export(
            G,
            inputs,
            input_names=["z", "y"][: len(inputs)],
            output_names=["x"],
            dynamic_shapes=tuple({0: n} for _input in inputs),
            dynamo=True,
            verbose=False,
        )
    except Exception as error:  # many kinds: of layers that ONNX cannot express
        log.warning("onnx: %s", error)
        raise UserError(_("ONNX cannot express this network.")) from error
    assert program is not None
    return bytes(program.model_proto.SerializeToString())
