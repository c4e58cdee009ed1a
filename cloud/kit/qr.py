"""QR codes as SVG that may stand inside a page: one path, dark on light in any theme."""

import qrcode

QUIET_ZONE = 4
"""Modules of light around the code (ISO/IEC 18004)."""


def draw_qr(text: str) -> str:
    """The QR code of a text, as a standalone SVG document without script or style."""
    code = qrcode.QRCode(border=QUIET_ZONE)
    code.add_data(text)
    code.make(fit=True)
    matrix: list[list[bool]] = code.get_matrix()
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark
    )
    side = len(matrix)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img"'
        ' aria-label="QR code" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{path}"/></svg>'
    )
