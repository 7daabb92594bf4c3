-- name: find_state
-- The row of one app and stage.
SELECT id, serial, fence FROM state WHERE app = :app AND stage = :stage;

-- name: add_state
-- A row for an app and stage that has none yet.
INSERT INTO state (app, stage) VALUES (:app, :stage) ON CONFLICT DO NOTHING;

-- name: set_serial
-- The serial after a group of commits.
UPDATE state SET serial = :serial WHERE id = :state;

-- name: set_fence
-- The fence of the latest lease; it only grows.
UPDATE state SET fence = :fence WHERE id = :state;

-- name: read_cells
-- Everything a state holds.
SELECT kind, name, generation, body FROM cell WHERE state = :state;

-- name: read_cell
-- One cell, for the history.
SELECT body FROM cell WHERE state = :state AND kind = :kind AND name = :name AND generation = :generation;

-- name: put_cell
-- Write a cell over the one of the same address.
INSERT INTO cell (state, kind, name, generation, body) VALUES (:state, :kind, :name, :generation, :body)
ON CONFLICT (state, kind, name, generation) DO UPDATE SET body = excluded.body;

-- name: drop_cell
-- Forget a cell.
DELETE FROM cell WHERE state = :state AND kind = :kind AND name = :name AND generation = :generation;

-- name: read_lease
-- The lease on record.
SELECT body FROM lease WHERE state = :state;

-- name: put_lease
-- Record a lease over the former one.
INSERT INTO lease (state, body) VALUES (:state, :body) ON CONFLICT (state) DO UPDATE SET body = excluded.body;

-- name: drop_lease
-- Remove the lease on record.
DELETE FROM lease WHERE state = :state;

-- name: read_past
-- What the latest commits did, oldest first.
SELECT serial, at, author, command, kind, name, generation, before, after FROM past
WHERE state = :state ORDER BY serial, position;

-- name: add_past
-- Remember what a commit did to one cell.
INSERT INTO past (state, serial, position, at, author, command, kind, name, generation, before, after)
VALUES (:state, :serial, :position, :at, :author, :command, :kind, :name, :generation, :before, :after);

-- name: prune_past
-- Forget commits that are too old.
DELETE FROM past WHERE state = :state AND serial <= :serial;
