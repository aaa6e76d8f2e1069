"""Name the rule of addresses where callers of the uploader look for it."""

from common.addresses import AddressRule, ForbiddenAddressError

__all__ = ["AddressRule", "ForbiddenAddressError"]
