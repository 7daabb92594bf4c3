"""Python source from expressions and statements, in the layout of the usual formatters."""
