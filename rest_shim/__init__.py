"""The REST shim: OpenAI-style JSON on one side, the typed gRPC services on the other.

It translates and nothing else: what a request means, which model answers and
what went wrong upstream is for the core to say.
"""
