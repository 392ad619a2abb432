"""Changes of the code that a test must notice. `python -m tests.mutants` makes each and runs the tests that should."""
