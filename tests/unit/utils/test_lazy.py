"""What pages read must not bring torch with it."""

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


def test_reading_leaves_torch_alone(python):
    code = f"""if True:
        import importlib, sys
        for module in {READ_BY_PAGES}:
            importlib.import_module("playground." + module)
            assert "torch" not in sys.modules, module
    """
    done = python("-c", code)
    assert done.returncode == 0, done.stderr


def test_a_run_trains_without_the_compiler_of_torch(python):
    """Importing it would take two seconds of the first run of each engine."""
    code = """if True:
        import sys
        from playground.config.presets import PRESETS
        from playground.engine.run import Run
        for name in ("ring", "digits", "inpaint-half", "vanishing"):
            run = Run("r" * 22, PRESETS[name].config)
            run.advance(2)
            Run.from_bytes("s" * 22, run.to_bytes())
            assert not {"sympy", "torch._dynamo"} & sys.modules.keys(), name
    """
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
