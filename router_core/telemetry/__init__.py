"""What operators watch: metrics, one log line a request, traces.

Each takes requests as they end, behind `app.ports.Recorder`. None of them sees a prompt,
an answer or a key: a record has none.
"""
