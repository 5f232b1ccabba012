"""What the tests share: the machine's GPU, and numbers on the command line."""

import pytest


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def device(request: pytest.FixtureRequest) -> str:
    """A device of torch; a GPU where the machine has one."""
    if request.param == "cuda":
        import torch

        if not torch.cuda.is_available():
            pytest.skip("this machine has no CUDA device")
    return request.param
