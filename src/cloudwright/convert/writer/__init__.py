"""Python source from expressions and statements, in the layout of common formatters."""
