"""QR codes."""

import segno


def picture(address: str) -> str:
    """An address as a QR code, as the `src` of an image."""
    return str(segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="#fff"))
