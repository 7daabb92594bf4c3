"""Which IAM permissions a run needs: worked out from its plan, written as policies, checked by IAM's simulator."""
