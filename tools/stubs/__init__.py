"""Makes the type stubs of all AWS resource types out of the bundled schemas."""
