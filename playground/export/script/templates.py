"""The lines of a script that are in no other source: its first words, its data, its start, its pictures, its loop."""

from __future__ import annotations

import textwrap

from playground.config.run_config import RunConfig
from playground.data import Dataset
from playground.utils.recipe import Recipe

BESIDE, HERE = 'Path(__file__).with_name("data.npz")', 'Path("data.npz")'  # in a script, and in a notebook
MADE = (
    "GAN Playground made it from its own source: what trains in the app trains here, with the same seed, the same "
    "random numbers and the same batches. What this configuration never comes to is left out. Read it from top to "
    "bottom: the configuration, the data, the networks, the losses, one step, and the loop."
)
_IMPORTED = {
    "np.": "import numpy as np",
    "Image.": "from PIL import Image",
    "ImageDraw.": "from PIL import ImageDraw",
    "argparse.": "import argparse",
    "Path(": "from pathlib import Path",
    "SimpleNamespace(": "from types import SimpleNamespace",
    "copy.": "import copy",
}


def imports(text: str) -> list[str]:
    """The import statements that these lines need."""
    always = ["import copy", "from types import SimpleNamespace", "from pathlib import Path", "import numpy as np"]
    return [*always, *(line for mark, line in _IMPORTED.items() if mark in text)]


def docstring(title: str, config: RunConfig, needs_data: bool, dataset: Dataset, told: str) -> str:
    """What the script is, what it needs, and where its data come from."""
    paragraphs = [
        f"{title}: a GAN in one file of plain PyTorch.",
        MADE,
        "    python train.py --steps 2000",
        "It needs torch, numpy and pillow, and "
        + ("data.npz beside it." if needs_data else "no data: a formula makes them.")
        + " It prints the losses, and writes samples.png and losses.csv.",
        f"Data: {dataset.label}. Source: {dataset.source}. Licence: {dataset.licence}."
        + (f" {dataset.citation}." if dataset.citation else ""),
    ]
    if told:
        paragraphs.append(f"Knobs that are not at their defaults: {told}.")
    paragraphs.append(
        "On the same kind of device the losses are those of the app; with another number of threads or another version "
        "of PyTorch they differ in the last digits at first, and more later."
    )
    wrapped = [p if p.startswith("    ") else textwrap.fill(p.replace("\\", "/"), 118) for p in paragraphs]
    return '"""' + "\n\n".join(wrapped).replace('"""', "'''") + '\n"""'


def reading(recipe: Recipe) -> str:
    """A function that reads the data from the file beside the script."""
    y = 'torch.from_numpy(arrays["y"])' if recipe.classes else "None"
    index = 'torch.from_numpy(arrays["index"])' if recipe.repeats else "None"
    shape = ", ".join(map(str, recipe.shape))
    return "\n".join([
        f"SHAPE = {recipe.shape}  # of one sample",
        "",
        "",
        "def load_data():",
        f'    """Samples (n, {shape}), their labels (n,), and the places that batches are drawn from; None for all."""',
        f"    with np.load({BESIDE}) as arrays:",
        f'        return torch.from_numpy(arrays["x"]), {y}, {index}',
    ])  # fmt: skip


def formula(recipe: Recipe, call: str) -> str:
    """A function that makes the data."""
    return "\n".join([
        f"SHAPE = {recipe.shape}  # of one sample",
        "",
        "",
        "def Samples(x, y=None, classes=0):",
        '    """What the formulas give: points, the mode that each belongs to, and how many modes there are."""',
        "    return x, y",
        "",
        "",
        "def load_data():",
        '    """Points (n, 2), their labels (n,), and the places from which batches are drawn; None for all."""',
        "    g = torch.Generator().manual_seed(0)",
        f"    x, {'y' if recipe.classes else '_'} = {call}",
        f"    return x, {'y' if recipe.classes else 'None'}, None",
    ])  # fmt: skip


def start(recipe: Recipe, live: list[str], optimizers: list[str], prepared: list[str]) -> list[str]:
    """The first method of the class, as lines with a margin."""
    y = ["self.y = y.to(device)"] if recipe.classes else []
    index = ["self.index = index.to(device)"] if recipe.repeats else []
    fixed_y = (
        [f"self.fixed_y = torch.arange({recipe.fixed}, device=device) % {recipe.classes}"] if recipe.classes else []
    )
    values = [f"{name}=torch.tensor({name.upper()}, device=device)," for name in live]
    lines = [
        "def __init__(self, x, y, index, device):",
        "    global rng",
        "    torch.backends.cudnn.deterministic = True",
        "    self.device = device",
        "    self.x = x.to(device)",
        *(f"    {line}" for line in (*y, *index)),
        "    init = torch.Generator().manual_seed(SEED)  # of first weights and fixed z: the same on every device",
        "    seed = int(torch.randint(2**62, (), generator=init))",
        "    self.G, self.D = (net.to(device) for net in make_networks(init))",
        "    rng = init",
        f"    self.fixed_z = draw_fixed_z({recipe.fixed}).to(device)  # of the samples on show",
        *(f"    {line}" for line in fixed_y),
        "    rng = torch.Generator(device).manual_seed(seed)",
        '    self.nets = {"G": self.G, "D": self.D}',
        "    self.parameters = {name: list(net.parameters()) for name, net in self.nets.items()}",
        '    self.averages = {"G": copy.deepcopy(self.G).eval().requires_grad_(False)}  # G with averaged weights',
        "    self.list_averaged()",
        "    self._ema_weight = torch.ones((), device=device)",
        "    self.step_count = 0",
        "    # Knobs that a step reads as tensors, as in the app, where they can be moved while it runs.",
        "    self.live = SimpleNamespace(",
        *(f"        {line}" for line in values),
        "    )",
        "    self.optimizers = {",
        *(
            f"        {line.replace('{net}', '')},"
            for line in (o.replace("(G.", "(self.G.").replace("(D.", "(self.D.") for o in optimizers)
        ),
        "    }",
        *(f"    {line}" for line in prepared),
        "",
        "@torch.no_grad()",
        "def sample(self):",
        '    """What the averaged G makes of the fixed z."""',
        f'    return self.averages["G"](self.fixed_z{", self.fixed_y" if recipe.classes else ""})',
    ]
    return [f"    {line}" if line else "" for line in lines]


def tail(recipe: Recipe, config: RunConfig) -> str:
    """A function that makes a picture of samples."""
    if len(recipe.shape) == 1:
        return "\n".join([
            "def picture(samples, real):",
            '    """Real points in blue and generated ones in vermilion, on the square from -1.5 to 1.5."""',
            '    image = Image.new("RGB", (600, 600), "white")',
            "    draw = ImageDraw.Draw(image)",
            '    for points, colour in ((real[:2500], "#0072b2"), (samples, "#d55e00")):',
            "        for x, y in (points.cpu() * 200 + 300).tolist():",
            "            draw.ellipse((x - 1.5, 598.5 - y, x + 1.5, 601.5 - y), fill=colour)",
            "    return image",
        ])  # fmt: skip
    return "\n".join([
        "def picture(samples, real):",
        '    """A grid of ten images in a row."""',
        "    images = ((samples + 1) * 127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).cpu().numpy()",
        "    rows = [np.concatenate(list(images[i : i + 10]), 1) for i in range(0, len(images) - 9, 10)]",
        "    sheet = np.concatenate(rows).squeeze()",
        "    image = Image.fromarray(sheet)",
        "    return image.resize((3 * image.width, 3 * image.height), Image.Resampling.NEAREST)",
    ])  # fmt: skip


def main() -> str:
    """The loop, and what it writes."""
    return "\n".join([
        "def train(steps, device, say=print):",
        '    """Train for so many steps; gives the GAN and what each step counted, (steps, 5)."""',
        "    gan = GAN(*load_data(), device)",
        "    rows = []",
        "    for step in range(1, steps + 1):",
        "        rows.append(torch.stack(gan.step()))",
        "        if step % 100 == 0 or step == steps:",
        "            means = torch.stack(rows[-100:]).mean(0).tolist()",
        '            say(f"step {step}: " + ", ".join(f"{name} {value:.4f}" for name, value in zip(COLUMNS, means)))',
        "    return gan, torch.stack(rows).cpu()",
        "",
        "",
        "def main():",
        "    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])",
        '    parser.add_argument("--steps", type=int, default=2000)',
        '    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")',
        "    options = parser.parse_args()",
        "    gan, rows = train(options.steps, torch.device(options.device))",
        '    np.savetxt("losses.csv", rows.numpy(), delimiter=",", header=",".join(COLUMNS), comments="")',
        '    picture(gan.sample(), gan.x).save("samples.png")',
        "",
        "",
        'if __name__ == "__main__":',
        "    main()",
    ])  # fmt: skip


def cells(steps: int) -> list[str]:
    """What a notebook has in the place of `main`: the training, and what the averaged G then makes."""
    return [
        f'device = torch.device("cuda" if torch.cuda.is_available() else "cpu")\ngan, rows = train({steps}, device)',
        "picture(gan.sample(), gan.x)",
    ]


LOAD = "\n".join([
    'def load(path=Path(__file__).with_name("G.safetensors")):',
    '    """G with its weights, ready to use."""',
    "    G = make_generator()",
    "    G.load_state_dict(load_file(path))",
    "    return G.eval()",
])  # fmt: skip
