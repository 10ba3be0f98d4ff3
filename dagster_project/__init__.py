"""Wiring only: which assets, which job, when it runs, what happens when it fails. No business decision lives here."""
