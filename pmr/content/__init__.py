"""Content: blocks by CID, files and directories made of them, and where they are kept."""
