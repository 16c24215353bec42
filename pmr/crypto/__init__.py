"""The sealed record and the keys that open it: docs/format.md, sections 1 to 8.

One module for each part of the format. Nothing here speaks to a network, a chain or a disk.
"""
