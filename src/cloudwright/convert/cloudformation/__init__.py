"""CloudFormation's templates: read with positions, checked, and translated to a program."""
