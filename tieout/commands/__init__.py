"""One module per command: `run(...)` does the work and returns a result that can show itself or become JSON."""
