"""Pictures of what depends on what: the graph as data, its layout, and its forms (SVG, Mermaid, DOT, JSON)."""
