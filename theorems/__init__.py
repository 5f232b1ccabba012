"""What theory predicts: one topic, one file, each with a list ``theorems``. This package runs nothing."""
