"""Image Builder's runs: what a build goes through, and what its distribution makes in accounts and Regions.

What happens when is decided at the start of a build and kept with it (`build`, `workflows`); `lifecycle` lets it
happen as time passes, `delivery` carries out what reaches accounts and Regions.
"""
