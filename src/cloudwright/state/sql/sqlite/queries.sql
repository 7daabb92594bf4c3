-- name: lock_state
-- The row of one app and stage; `BEGIN IMMEDIATE` keeps other writers out already.
SELECT id, serial, fence FROM cw_state WHERE app = :app AND stage = :stage;
