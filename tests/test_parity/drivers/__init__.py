"""One script a reference; run as ``python -m tests.test_parity.drivers.moco CHECKOUT``."""
