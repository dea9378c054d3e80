"""What every test shares: how hypothesis runs.

``ci`` (where the environment says ``CI``) repeats the same examples on every run,
so that a failure there is the change's; elsewhere each run tries new ones.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# A loaded machine is slow; that is no finding.
_QUIET = [HealthCheck.too_slow]

settings.register_profile("dev", deadline=None, max_examples=100, suppress_health_check=_QUIET)
settings.register_profile(
    "ci", deadline=None, max_examples=100, derandomize=True, suppress_health_check=_QUIET
)
settings.register_profile(
    "thorough", deadline=None, max_examples=5_000, suppress_health_check=_QUIET
)
settings.load_profile("ci" if os.environ.get("CI") else "dev")
