"""The APIs that answer chat completion requests, behind `app.ports.Provider`."""
