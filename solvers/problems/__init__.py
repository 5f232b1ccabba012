"""Problems, each written in the error e = x - x*, so that no error is lost by cancellation."""
