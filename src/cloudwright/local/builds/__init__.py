"""Image Builder's runs: the phases of a build, and what its distribution creates in accounts and Regions.

What happens when is decided at the start of a build and kept with it (`build`, `workflows`); `lifecycle` lets it
happen as time passes, `delivery` carries out what reaches accounts and Regions.
"""
