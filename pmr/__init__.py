"""PMR: protected medical records, sealed in the client and registered on an Ethereum chain."""
