"""Ratios, measured side by side in one run. Speed is never asserted in a test."""
