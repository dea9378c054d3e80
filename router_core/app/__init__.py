"""The use cases, one a file: gather signals, call ``decide``, act through ports."""
