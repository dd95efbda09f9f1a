"""SQL access of the directory; functions return domain objects."""

from escorts.repository.directory import Directory, public_directory
from escorts.repository.profiles import Profiles
from escorts.repository.verifications import Verifications

__all__ = ["Directory", "Profiles", "Verifications", "public_directory"]
