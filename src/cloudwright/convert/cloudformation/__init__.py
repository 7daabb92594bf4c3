"""CloudFormation templates: read with positions, checked, and translated into a program."""
