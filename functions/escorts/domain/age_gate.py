"""Age gate: how long a browser's confirmation of age is remembered.

The cookie stores no identity, only that the user of this browser said "18 or older".
"""

from datetime import timedelta

CONFIRMATION_LIFETIME = timedelta(days=30)
