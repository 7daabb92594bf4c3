"""The dependency graph: its data, its layout, and its formats (SVG, Mermaid, DOT, JSON)."""
