"""Files that try to do something: each would set `pwned` or call home if it ever ran."""

from __future__ import annotations

import io

import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

RUN = "window.pwned=1;fetch('/pwned')"
MARKUP = f'<script>{RUN}</script><img src=x onerror="{RUN}">'
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{RUN}"><script>{RUN}</script></svg>'.encode()
HTML = f"<!doctype html><body onload={RUN!r}>{MARKUP}</body>".encode()
PNG_HEAD = b"\x89PNG\r\n\x1a\n"


def dicom(side: int = 8, preamble: bytes = b"\0" * 128) -> bytes:
    """A picture whose tags are full of markup."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset("", {}, file_meta=meta, preamble=preamble)
    data.PatientName, data.StudyDescription, data.ImageComments = MARKUP[:60], MARKUP[:60], MARKUP
    data.Rows = data.Columns = side
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 8, 8, 7, 0
    data.PixelData = bytes(range(side)) * side
    out = io.BytesIO()
    pydicom.dcmwrite(out, data)
    return out.getvalue()


def pdf() -> bytes:
    """One page that runs a script when it is opened, and one from a link."""
    objects = [
        f"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS({RUN})>>>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 99 99]"
        f"/A<</S/URI/URI(javascript:{RUN})>>>>]>>",
    ]
    body, offsets = b"%PDF-1.7\n", []
    for number, text in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj{text}endobj\n".encode()
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    end = (
        f"xref\n0 4\n0000000000 65535 f \n{table}trailer<</Size 4/Root 1 0 R>>\nstartxref\n{len(body)}\n%%EOF"
    )
    return body + end.encode()


NOT_SHOWN, DAMAGED, DRAWN = "not shown", "damaged", "drawn"

HOSTILE: dict[str, tuple[bytes, str]] = {
    "script.svg": (SVG, NOT_SHOWN),
    "script.html": (HTML, NOT_SHOWN),
    "picture-in-name.png": (SVG, NOT_SHOWN),
    "empty.dcm": (b"", NOT_SHOWN),
    "tags.dcm": (dicom(), DRAWN),
    "page-in-preamble.dcm": (dicom(preamble=HTML[:128].ljust(128)), DRAWN),
    "cut.dcm": (dicom(side=64)[:600], DAMAGED),
    "no-meta.dcm": (b"\0" * 128 + b"DICM" + HTML, DAMAGED),
    "script.pdf": (pdf(), DRAWN),
    "cut.pdf": (pdf()[:40], DAMAGED),
    "page.pdf": (b"%PDF-1.7\n" + HTML, DAMAGED),
    "page.png": (PNG_HEAD + HTML, DAMAGED),
    "page.jpg": (b"\xff\xd8\xff\xe0" + HTML, DAMAGED),
    "page.webp": (b"RIFF\x00\x00\x00\x00WEBP" + HTML, DAMAGED),
}
"""By name: the bytes, and what the page does with them."""
