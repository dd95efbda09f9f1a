"""The local cloud: runs the synthesized template's own functions on this machine."""
