"""CloudFormation's intrinsic functions, by what they return."""
