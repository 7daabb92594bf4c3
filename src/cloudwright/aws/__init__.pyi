# Empty on purpose: a checker that needs one service then reads that service's stub alone.
