"""Makes and measures the model of the in-process classifier; see training/README.md."""
