"""Other people's optimisers on trial: ``python -m checks audit TARGET``."""
