"""How a prediction is put on trial: runs to evidence, evidence to verdict. This package renders nothing."""

import solvers  # noqa: F401  (sets the number of threads, which numpy reads when it loads)
