"""Every outside call of every kind of sync, under every fault."""
