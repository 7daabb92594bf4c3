"""What a caller of the local cloud may do: IAM policies, and the actions that calls and handlers need."""
