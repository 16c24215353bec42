"""The chain: contracts, wallets, transactions, events. It holds the truth about who may read."""
