"""Turns the contracts' events into SQL; can be dropped and rebuilt from the chain."""
