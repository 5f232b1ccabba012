"""What theory predicts: one topic, one file, each with a list ``theorems``. This package runs nothing."""

import solvers  # noqa: F401  (sets the number of threads, which numpy reads when it loads)
