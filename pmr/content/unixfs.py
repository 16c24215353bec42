"""Files and directories as blocks, by the frozen import of docs/format.md section 9.

Source of the formats: https://specs.ipfs.tech/unixfs/. This is the door; the parts stand beside it.
"""

from pmr.content.dag_pb import Link
from pmr.content.directory import MAX_ENTRIES, decode_directory, encode_directory
from pmr.content.importing import Node, Put, import_file
from pmr.content.reading import Get, file_size, read_file, read_range
from pmr.content.shape import CHUNK, MAX_FILE
from pmr.content.walk import reachable, walk

__all__ = [
    "CHUNK",
    "MAX_ENTRIES",
    "MAX_FILE",
    "Get",
    "Link",
    "Node",
    "Put",
    "decode_directory",
    "encode_directory",
    "file_size",
    "import_file",
    "reachable",
    "read_file",
    "read_range",
    "walk",
]
