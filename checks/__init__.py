"""How a prediction is put on trial: runs to evidence, evidence to verdict. This package renders nothing."""
