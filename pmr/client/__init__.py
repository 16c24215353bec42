"""Everything that a doctor does: keys, sealing, registering, sharing, opening.

The client holds secrets, speaks HTTP to a server for blocks and JSON-RPC to a chain for truth. It
trusts neither the server nor what the server stores: every block is hashed, and roots, grants and
key digests are read from the chain.
"""
