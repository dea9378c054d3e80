"""Pure decisions: values in, values out.

Standard library only; no I/O, no clock, no randomness, no protobuf. Time, prices
and random numbers arrive as arguments.
"""
