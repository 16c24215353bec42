"""The command line: it shows the client to doctors and the server's operation to hospitals."""
