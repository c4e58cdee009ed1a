"""The version of the whole product: cloud and device client are released together."""

__version__ = "0.1.0"
