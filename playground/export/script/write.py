"""A run as one file of plain PyTorch, made from the source of what runs."""

from __future__ import annotations

import ast
import copy
import re
from typing import Any

from playground.config.knob import spell
from playground.config.run_config import KNOBS, RunConfig
from playground.data import DATASETS
from playground.export.script import layout, templates
from playground.export.script.collect import BLOCKS, DATA, LOSSES, MODELS, RANDOM, STEP, Collector
from playground.export.script.definitions import method, module
from playground.export.script.world import GAN, LATENTS, OBJECTIVES, PENALTIES, STREAMS, TRAINER, World, world
from playground.utils.recipe import Recipe

TOYS = "playground.data.toys"
_OPTIMIZERS = {
    "adam": "torch.optim.Adam({net}.parameters(), lr=self.live.{net_}_lr, betas=(BETA1, BETA2), fused=True)",
    "adamw": "torch.optim.AdamW({net}.parameters(), lr=self.live.{net_}_lr, betas=(BETA1, BETA2), "
    "weight_decay=WEIGHT_DECAY, fused=True)",
    "rmsprop": "torch.optim.RMSprop({net}.parameters(), lr=self.live.{net_}_lr, alpha=BETA2, foreach=True, "
    'capturable=device.type == "cuda")',
    "sgd": "torch.optim.SGD({net}.parameters(), lr=self.live.{net_}_lr, momentum=BETA1, fused=True)",
}


def formula(config: RunConfig) -> ast.expr | None:
    """The call that makes the points of a toy from `g`, a generator of random numbers; None for other data."""
    if not config.choice.all or config.dataset not in DATASETS:
        return None
    node = module(TOYS).definitions["DATASETS"]
    assert isinstance(node, ast.Assign)
    assert isinstance(node.value, ast.Tuple)
    for call in node.value.elts:
        assert isinstance(call, ast.Call)
        if ast.literal_eval(call.args[0]) == config.dataset:
            make = call.args[2]
            return make.body if isinstance(make, ast.Lambda) else ast.Call(make, [ast.Name("g", ast.Load())], [])
    return None


def script(recipe: Recipe, title: str) -> str:
    """The text of `train.py`. It reads `data.npz` beside it unless the data have a `formula`."""
    return "\n\n\n".join(text for _heading, text in sections(recipe, title)) + "\n"


def sections(recipe: Recipe, title: str) -> list[tuple[str, str]]:
    """The parts of the script, each with a heading: the first is its docstring and its imports."""
    config = RunConfig(**recipe.config)
    known = world(config, recipe)
    code = Collector(known)
    body = _training(config, recipe, known, code)
    makers = _makers(config, recipe, code)
    data = _data(config, recipe, code)
    code.need(LATENTS, ["draw_fixed_z"])
    tail = templates.tail(recipe, config)
    main = templates.main()
    for text in (body, makers, data, tail, main):
        code.need_text(GAN, text)
    helpers = _helpers(code, "\n".join([body, *(line for entry in code.found.values() for line in entry[3])]))
    code.imports |= set(templates.imports(tail + main))
    parts = [
        (title, _head(config, recipe, title, code)),
        ("The configuration", _settings(config, code)),
        ("The data", _joined(_defined(code, DATA), data)),
        ("Random numbers", _joined(helpers, _defined(code, RANDOM))),
        ("The networks", _joined(_defined(code, MODELS), makers)),
        ("The objective, and what is added to it", _defined(code, LOSSES)),
        ("One step", _joined(_defined(code, STEP), body)),
        ("What is to be seen", tail),
        ("Training", main),
    ]
    return [(heading, f"# {heading}\n\n{text}" if n else text) for n, (heading, text) in enumerate(parts) if text]


def generator(recipe: Recipe, title: str) -> str:
    """The text of `model.py`: the class of G, and what makes it with its weights."""
    config = RunConfig(**recipe.config)
    code = Collector(world(config, recipe))
    made = "\n".join(
        ["def make_generator():", "    return Generator(", *_sequential(recipe.generator), "        SHAPE,", "    )"]
    )
    code.need_text(BLOCKS, made)
    code.need("playground.models.residual", [n for n in ("Block", "Up") if f"{n}(" in made])
    code.imports |= {"from safetensors.torch import load_file", "from pathlib import Path"}
    head = f'"""{title}: the G of a GAN after {recipe.step} steps. `load` gives it, README.md says how to use it."""'
    shape = f"SHAPE = {recipe.shape}  # of one sample"
    networks = _defined(code, MODELS)
    return _joined(head + "\n\n" + "\n".join(_imports(code)), shape, networks, made, templates.LOAD) + "\n"


def _joined(*texts: str) -> str:
    return "\n\n\n".join(text for text in texts if text)


def _defined(code: Collector, section: str) -> str:
    """All definitions of a section, module by module, in the order of the source."""
    found = [entry for entry in code.found.values() if entry[0] == section]
    order = {name: i for i, name in enumerate(dict.fromkeys(entry[1].name for entry in found))}
    order |= {BLOCKS: -2, OBJECTIVES: -1}
    seen: dict[tuple[str, int], list[str]] = {}
    for _section, source, line, lines in sorted(found, key=lambda e: (order[e[1].name], e[2])):
        seen.setdefault((source.name, line), lines)
    out = ""
    short = False
    for lines in seen.values():
        plain = not lines[-1].startswith(" ") and len(lines) == 1
        out += ("\n" if short and plain else "\n\n\n") * bool(out) + "\n".join(lines)
        short = plain
    return out


def _training(config: RunConfig, recipe: Recipe, known: World, code: Collector) -> str:
    """The class that trains: its first lines are written here, all that a step does comes from the source."""
    special = code.special
    found = code.methods(("step",), "")
    prepared = _prepared(config, special, [node for _source, node in found])
    listed = special.function(method(TRAINER, "Trainer", "list_averaged"))
    used = {n.attr for _s, node in found for n in ast.walk(node) if isinstance(n, ast.Attribute)}
    if "_averaged_norms" not in used:
        listed.body = [part for part in listed.body if "_averaged_norms" not in ast.unparse(part)]
    live = ["d_lr", "g_lr", *(key for key in PENALTIES if getattr(config, key) > 0)]
    live += [key for key in ("label_smoothing", "noise", "dropout") if getattr(config, key) > 0]
    live += ["info_weight"] if config.codes.size else []
    nets = [
        f'"{net}": ' + _OPTIMIZERS[getattr(config, f"{net.lower()}_optimiser")].format(net=net, net_=net.lower())
        for net in ("G", "D")
    ]
    lines = [
        "class GAN:",
        '    """One G and one D, what trains them, and one step of theirs."""',
        "",
        *(part for line in templates.start(recipe, live, nets, prepared) for part in layout.wrapped(line)),
        "",
        *(f"    {line}" if line else "" for line in layout.text(listed, module(TRAINER), listed.lineno - 1)),
    ]
    for node in (listed, *(node for _source, node in found)):
        code.need_of(TRAINER if node is listed else GAN, node)
    for source, node in found:
        code.need_of(source.name, node)
        lines += ["", *(f"    {line}" if line else "" for line in layout.text(node, source, node.lineno - 1))]
    return "\n".join(lines)


def _prepared(config: RunConfig, special: Any, methods: list[ast.FunctionDef]) -> list[str]:
    """What the game keeps beside networks and optimizers, where a step reads it."""
    read = {n.attr for node in methods for n in ast.walk(node) if isinstance(n, ast.Attribute)}
    node = copy.deepcopy(method(GAN, "GAN", "prepare"))
    kept = []
    for part in node.body:
        text = ast.unparse(part)
        if "dropout" in text:
            if config.dropout > 0:
                kept.append(part)
        elif isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Attribute):
            if part.targets[0].attr in read:
                kept.append(part)
        elif "_clipped" in read:
            kept.append(part)
    node.body = kept or [ast.Pass()]
    made = special.function(node)
    out = [line for part in made.body for line in layout.text(part, module(GAN)) if not isinstance(part, ast.Pass)]
    return [*out, *(["for layer in self.dropouts:", "    layer.on = True"] if config.dropout > 0 else [])]


def _makers(config: RunConfig, recipe: Recipe, code: Collector) -> str:
    """The function that makes both networks, layer by layer."""
    lines = [
        "def make_networks(init):",
        '    """G and D with their first weights, which come from the generator `init`."""',
    ]
    lines += ["    G = Generator(", *_sequential(recipe.generator), "        SHAPE,", "    )"]
    lines += ["    D = Discriminator(", *_sequential(recipe.features), f"        {recipe.width},", "    )"]
    how = "" if "how" in code.world.given else "{}_INIT, "
    for net in ("G", "D"):
        lines.append(f"    initialise({net}, {how.format(net)}init)")
        if getattr(config, f"{net.lower()}_norm") == "spectral":
            lines.append(f"    normalise_spectrally({net}, SN_GAIN, init)")
    lines.append("    return G, D")
    text = "\n".join(lines)
    code.need_text(BLOCKS, text)
    code.need("playground.models.residual", [n for n in ("Block", "Up", "Down") if f"{n}(" in text])
    return text


def _sequential(calls: tuple[str, ...]) -> list[str]:
    return ["        nn.Sequential(", *(f"            {call}," for call in calls), "        ),"]


def _data(config: RunConfig, recipe: Recipe, code: Collector) -> str:
    made = formula(config)
    if made is None:
        text = templates.reading(recipe)
    else:
        made = copy.deepcopy(made)
        code.need_of(TOYS, made)
        code.found.pop("Samples", None)
        text = templates.formula(recipe, ast.unparse(made))
    normal = _normalise(recipe)
    return _joined(text, normal)


def _normalise(recipe: Recipe) -> str:
    """How stored samples come to the networks, from the record of their modality."""
    if len(recipe.shape) == 1:
        return ""
    node = module("playground.data.modality.images").definitions["MODALITY"]
    assert isinstance(node, ast.Assign)
    assert isinstance(node.value, ast.Call)
    [made] = [k.value for k in node.value.keywords if k.arg == "normalise"]
    assert isinstance(made, ast.Lambda)
    return f'def normalise(x):\n    """Bytes from 0 to 255 to the range of G."""\n    return {ast.unparse(made.body)}'


def _helpers(code: Collector, others: str) -> str:
    """The random numbers of a run, as its generator gives them, as far as `others` draw such."""
    out = []
    for name in ("normal", "uniform", "index"):
        if not re.search(rf"(?<![.\w]){name}\(", others):
            continue
        node = code.special.function(method(STREAMS, "RandomStreams", name))
        node.args.args = node.args.args[1:]
        node.body[0] = ast.Expr(ast.Constant({
            "normal": "N(0, 1), of this shape.", "uniform": "U(0, 1), of this shape.",
            "index": "Whole numbers below `high`, (n,).",
        }[name]))  # fmt: skip
        out.append("\n".join(layout.text(node, module(STREAMS), node.lineno - 1)))
    return _joined("rng = torch.Generator()  # of the whole training; see GAN.__init__", *out)


def _settings(config: RunConfig, code: Collector) -> str:
    code.knobs |= {"seed", "d_lr", "g_lr"}
    if not (config.info_categories or config.info_codes):
        code.knobs -= {"info_categories", "info_codes", "info_weight"}
    rows = []
    for name, knob in KNOBS.items():
        if name in code.knobs:
            value = getattr(config, name)
            written = f'"{value}"' if isinstance(value, str) else repr(value)
            rows.append(f"{name.upper()} = {written}  # {knob.label}")
    return "\n".join(rows)


def _head(config: RunConfig, recipe: Recipe, title: str, code: Collector) -> str:
    needs = formula(config) is None
    others = config.differences(RunConfig())
    told = ", ".join(f"{name}={spell(value)}" for name, value in others.items() if name not in ("folder", "own"))
    said = templates.docstring(title, config, needs, DATASETS[config.dataset], told)
    return said + "\n\n" + "\n".join(_imports(code))


def _imports(code: Collector) -> list[str]:
    """Sorted as a linter would: the standard library before others."""
    found = {"import torch", "from torch import nn", *code.imports}
    third_party = ("torch", "numpy", "PIL", "safetensors")
    ours = sorted(line for line in found if not line.split()[1].startswith(third_party))
    plain = [line for line in ours if line.startswith("import")]
    froms = _merged([line for line in ours if line.startswith("from")])
    rest = found - set(ours)
    third = sorted(line for line in rest if line.startswith("import")) + _merged(
        [x for x in rest if x.startswith("from")]
    )
    return [
        "from __future__ import annotations",
        "",
        *plain,
        *froms,
        "",
        *sorted(third, key=lambda x: x.split()[1].lower()),
    ]


def _merged(lines: list[str]) -> list[str]:
    by: dict[str, set[str]] = {}
    for line in lines:
        _from, source, _import, names = line.split(" ", 3)
        by.setdefault(source, set()).add(names)
    return [f"from {source} import {', '.join(sorted(names))}" for source, names in sorted(by.items())]
