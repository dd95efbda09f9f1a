"""Sealing without KMS: readable by nobody who looks for the text, bound to its context."""

from collections.abc import Mapping

from kit.envelope import Envelope, UnreadableDocument


class FakeEnvelope(Envelope):
    """Seals by turning the bytes around, and remembers for whom."""

    def __init__(self) -> None:
        super().__init__("arn:fake", "tests")

    def seal(self, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        """Return what `open` reads."""
        return repr(sorted(context.items())).encode() + b"|" + bytes(255 - b for b in plaintext)

    def open(self, sealed: bytes, context: Mapping[str, str]) -> bytes:
        """Return what was sealed for this context."""
        head, _, text = sealed.partition(b"|")
        if head != repr(sorted(context.items())).encode():
            raise UnreadableDocument("not for this context")
        return bytes(255 - b for b in text)
