"""The in-process classifier: a linear model over the words at a text's ends.

`features` says what is read of a text, `model` scores it, `categories` turns the
scores into the categories of a config, `compiled` keeps that of the last configs,
`classifier` is the adapter. `training/` makes ``model.bin``; docs/model-card.md says
how good it is.
"""

from router_core.classifiers.embedded.classifier import EmbeddedClassifier
from router_core.classifiers.embedded.compiled import Compiled

__all__ = ["Compiled", "EmbeddedClassifier"]
