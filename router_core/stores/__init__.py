"""What the router keeps: the routing config, sessions, the ledger."""
