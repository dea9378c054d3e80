"""Stand-ins for what the router talks to, real enough to misbehave."""
