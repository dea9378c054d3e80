"""What the policies are judged on: prices, quality priors, latencies and lengths, with sources."""
