"""The page `/_local`: what the local cloud holds and does, for the person at this machine."""
