"""What the tests share: the machine's GPU, and how hypothesis searches."""

import hypothesis
import pytest

# The same examples in every run, however slow the machine is: a red build means a change.
hypothesis.settings.register_profile("suite", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("suite")


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def device(request: pytest.FixtureRequest) -> str:
    """A device of torch; a GPU where the machine has one."""
    if request.param == "cuda":
        import torch

        if not torch.cuda.is_available():
            pytest.skip("this machine has no CUDA device")
    return request.param
