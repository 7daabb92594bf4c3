"""Image Builder's runs: the phases of a build, and what its distribution creates in accounts and Regions.

The schedule of a build is decided at its start and stored with it (`build`, `workflows`); `lifecycle` carries it out as
time passes, `delivery` distributes to accounts and Regions.
"""
