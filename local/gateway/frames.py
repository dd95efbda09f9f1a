"""API Gateway's limit on WebSocket frames, which an ASGI application cannot observe."""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

_FRAME_LIMIT = 32 * 1024


class FrameLimitedProtocol(WebSocketsSansIOProtocol):
    """Protocol that closes with 1009 when a client sends a longer frame."""

    def handle_text(self, event: Frame) -> None:
        """Handle the first frame of a text message."""
        if self._fits(event):
            super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        """Handle the first frame of a binary message."""
        if self._fits(event):
            super().handle_bytes(event)

    def handle_cont(self, event: Frame) -> None:
        """Handle a further frame of a message."""
        if self._fits(event):
            super().handle_cont(event)

    def _fits(self, event: Frame) -> bool:
        if len(event.data) <= _FRAME_LIMIT:
            return True
        if not self.close_sent:
            self.conn.fail(1009, "Frame too long")
            self.handle_parser_exception()
        return False


# For uvicorn.Config: no pings of its own and no compression, like API Gateway.
SERVER_OPTIONS: dict[str, Any] = {
    "ws": FrameLimitedProtocol,
    "ws_max_size": 128 * 1024,
    "ws_ping_interval": None,
    "ws_per_message_deflate": False,
}
