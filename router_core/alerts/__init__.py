"""How operators hear of what they must know, beside the log."""
