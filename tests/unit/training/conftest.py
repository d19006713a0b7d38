import importlib.util
import sys
from pathlib import Path

import pytest

TOY = Path(__file__).parents[2] / "line" / "toy_training.py"


@pytest.fixture(scope="session")
def toy():
    """The small training run that the tests of kills and ranks start as a script, as a module."""
    spec = importlib.util.spec_from_file_location("toy_training", TOY)
    module = importlib.util.module_from_spec(spec)
    sys.modules["toy_training"] = module
    spec.loader.exec_module(module)
    return module
