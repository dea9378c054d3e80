"""The core of LLM Router: decides, calls and accounts; served over gRPC."""

__version__ = "0.1.0"
