-- name: lock_state
-- The row of one app and stage, locked until the end of the transaction.
SELECT id, serial, fence FROM cw_state WHERE app = :app AND stage = :stage FOR UPDATE;

-- name: set_serial
-- The serial after a group of commits, and the group's own mark: it tells later whether the group arrived.
UPDATE cw_state SET serial = :serial, mark = :mark WHERE id = :state;

-- name: has_mark
-- Whether the latest group of commits is this one; waits until a transaction that may still write it has ended.
SELECT mark = :mark FROM cw_state WHERE app = :app AND stage = :stage FOR UPDATE;

-- name: has_tables
-- Whether there is a state in this database at all; from the table of tables, since name look-ups may be cached.
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_tables WHERE tablename = 'cw_format' AND schemaname = ANY (current_schemas(FALSE))
);

-- name: read_format
-- The version of the tables.
SELECT version FROM cw_format;

-- name: lock_creation
-- One at a time makes or migrates the tables; given back at the end of the transaction.
SELECT pg_advisory_xact_lock(4857632108291);

-- name: set_format
-- The version of the tables after a migration.
UPDATE cw_format SET version = :version;

-- name: read_clock
-- The clock by which all users of the database judge leases.
SELECT extract(epoch FROM clock_timestamp())::float8;
