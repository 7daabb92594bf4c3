"""One program in many accounts and Regions: a durable run for each target, on DBOS (extra `cloudwright[fleet]`)."""
