"""What a reader gets: HTML and LaTeX from stored evidence. This package runs no solver."""
