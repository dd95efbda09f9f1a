"""Local cloud: runs the functions of the synthesized template on this machine."""
