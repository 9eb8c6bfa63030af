"""A runnable stand-in of a BigCommerce store: its REST APIs, its webhooks and its shoppers."""

from sandbox.bigcommerce.app import BigCommerceStandIn, bigcommerce_app
from sandbox.bigcommerce.settings import StoreSettings, Token
from sandbox.bigcommerce.signing import Signing

__all__ = ["BigCommerceStandIn", "Signing", "StoreSettings", "Token", "bigcommerce_app"]
