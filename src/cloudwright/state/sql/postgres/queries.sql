-- name: lock_state
-- The row of one app and stage, locked until the end of the transaction.
SELECT id, serial, fence FROM cloudwright.state WHERE app = :app AND stage = :stage FOR UPDATE;
