"""The core of LLM Router: decides, calls and accounts; served over gRPC."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("llm-router")
except PackageNotFoundError:  # run from a checkout that is not installed
    __version__ = "0+unknown"
