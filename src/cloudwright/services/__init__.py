"""The few AWS APIs beyond Cloud Control: one port, and our transport, credentials, rates and retries."""
