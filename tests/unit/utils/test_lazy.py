"""What pages read must not bring torch with it."""

import pytest

READ_BY_PAGES = (
    "config.run_config",
    "config.presets",
    "config.races",
    "data",
    "models",
    "losses.objectives",
    "metrics.catalogue",
    "utils.lazy_torch",
    "utils.translation",
    "utils.priors",
    "latent.paths",
    "latent.plane",
    "cli.main",
    "export.pictures",
    "engine.messages",
    "engine.host",
)


@pytest.mark.parametrize("module", READ_BY_PAGES)
def test_reading_leaves_torch_alone(python, module):
    code = f"import sys, playground.{module}; assert 'torch' not in sys.modules, sorted(sys.modules)"
    done = python("-c", code)
    assert done.returncode == 0, done.stderr


def test_registries_can_be_read_without_torch(python):
    done = python(
        "-c",
        "import sys\n"
        "from playground.config.run_config import KNOBS, RunConfig\n"
        "from playground.config.presets import PRESETS\n"
        "from playground.data import DATASETS\n"
        "from playground.models import NETWORKS\n"
        "from playground.losses.objectives import OBJECTIVES\n"
        "from playground.metrics.catalogue import MEASURES\n"
        "for p in PRESETS.values(): p.config.model_dump()\n"
        "for registry in (DATASETS, NETWORKS, OBJECTIVES, MEASURES): [str(r) for r in registry.values()]\n"
        "RunConfig.read({'d_lr': 'x', 'dataset': 'line', 'network': 'dcgan'})\n"
        "assert len(DATASETS) >= 10 and len(NETWORKS) >= 3 and len(OBJECTIVES) >= 5 and len(MEASURES) >= 17\n"
        "assert 'torch' not in sys.modules",
    )
    assert done.returncode == 0, done.stderr


def test_torch_is_there_at_its_first_use(python):
    done = python(
        "-c",
        "import sys\n"
        "from playground.utils.lazy_torch import torch\n"
        "assert 'torch' not in sys.modules\n"
        "assert torch.zeros(3).sum() == 0\n"
        "assert torch.zeros is sys.modules['torch'].zeros",
    )
    assert done.returncode == 0, done.stderr
