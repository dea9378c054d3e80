"""The gRPC edge: one servicer a file; checks, converts, translates errors."""
