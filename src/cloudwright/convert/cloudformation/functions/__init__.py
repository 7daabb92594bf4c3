"""CloudFormation's intrinsic functions, by what they give."""
