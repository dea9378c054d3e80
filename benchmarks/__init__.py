"""What the router costs in time: every figure that the README quotes, one command each."""
