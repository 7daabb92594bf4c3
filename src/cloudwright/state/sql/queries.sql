-- name: find_state
-- The row of one app and stage.
SELECT id, serial, fence FROM cw_state WHERE app = :app AND stage = :stage;

-- name: add_state
-- A row for an app and stage that has none yet.
INSERT INTO cw_state (app, stage) VALUES (:app, :stage) ON CONFLICT DO NOTHING;

-- name: list_states
-- Every state with its outputs and uses, if it has any.
SELECT app, stage, body FROM cw_state LEFT JOIN cw_cell ON state = id AND kind = 'outputs' AND name = ''
WHERE serial > 0 ORDER BY app, stage;

-- name: set_serial
-- The serial after a group of commits.
UPDATE cw_state SET serial = :serial WHERE id = :state;

-- name: set_fence
-- The fence of the latest lease; it only grows.
UPDATE cw_state SET fence = :fence WHERE id = :state;

-- name: read_cells
-- Everything a state holds, except for its audit, which only grows.
SELECT kind, name, generation, body FROM cw_cell WHERE state = :state AND kind <> 'audit';

-- name: read_audit
-- What runs changed.
SELECT body FROM cw_cell WHERE state = :state AND kind = 'audit';

-- name: count_remembered
-- How many records there must be, by the latest line that the history has of each.
SELECT count(*) FROM (
    SELECT after, row_number() OVER (PARTITION BY name, generation ORDER BY serial DESC, position DESC) AS age
    FROM cw_past WHERE state = :state AND kind = 'record'
) AS latest WHERE age = 1 AND after IS NOT NULL;

-- name: put_cell
-- Write a cell over the one of the same address.
INSERT INTO cw_cell (state, kind, name, generation, body) VALUES (:state, :kind, :name, :generation, :body)
ON CONFLICT (state, kind, name, generation) DO UPDATE SET body = excluded.body;

-- name: drop_cell
-- Forget a cell.
DELETE FROM cw_cell WHERE state = :state AND kind = :kind AND name = :name AND generation = :generation;

-- name: read_lease
-- The lease on record.
SELECT body FROM cw_lease WHERE state = :state;

-- name: put_lease
-- Record a lease over the former one.
INSERT INTO cw_lease (state, body) VALUES (:state, :body) ON CONFLICT (state) DO UPDATE SET body = excluded.body;

-- name: drop_lease
-- Remove the lease on record.
DELETE FROM cw_lease WHERE state = :state;

-- name: read_past
-- What the latest commits did, oldest first.
SELECT serial, at, author, command, kind, name, generation, before, after FROM cw_past
WHERE state = :state ORDER BY serial, position;

-- name: add_past
-- Remember what a commit does to one cell, before it does it.
INSERT INTO cw_past (state, serial, position, at, author, command, kind, name, generation, before, after)
VALUES (
    :state, :serial, :position, :at, :author, :command, :kind, :name, :generation,
    (SELECT body FROM cw_cell WHERE state = :state AND kind = :kind AND name = :name AND generation = :generation),
    :after
);

-- name: prune_past
-- Forget commits that are too old.
DELETE FROM cw_past WHERE state = :state AND serial <= :serial;
