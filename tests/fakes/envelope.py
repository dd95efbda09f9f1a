"""Envelope without KMS: the sealed text does not contain the plaintext, and is bound to its context."""

from collections.abc import Mapping

from kit.envelope import Envelope, UnreadableDocument


class FakeEnvelope(Envelope):
    """Envelope that reverses the bytes and stores the context."""

    def __init__(self) -> None:
        super().__init__("arn:fake", "tests")

    def seal(self, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        """Return the sealed document."""
        return repr(sorted(context.items())).encode() + b"|" + bytes(255 - b for b in plaintext)

    def open(self, sealed: bytes, context: Mapping[str, str]) -> bytes:
        """Return the plaintext of a document sealed for this context."""
        head, _, text = sealed.partition(b"|")
        if head != repr(sorted(context.items())).encode():
            raise UnreadableDocument("not for this context")
        return bytes(255 - b for b in text)
