-- The runs of a fleet, and what people have said about them since.
CREATE TABLE IF NOT EXISTS cloudwright_runs (
    id TEXT PRIMARY KEY,
    made_at FLOAT NOT NULL,
    spec TEXT NOT NULL,
    decision TEXT NOT NULL,
    approved TEXT NOT NULL,
    again TEXT NOT NULL,
    version INTEGER NOT NULL,
    at_rest BOOLEAN NOT NULL
);

-- Processes that work on the queue, and when each gave its last sign of life.
CREATE TABLE IF NOT EXISTS cloudwright_workers (
    name TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    seen_at FLOAT NOT NULL
);

-- The one row says which format these tables have.
CREATE TABLE cloudwright_format (
    version INTEGER NOT NULL
);

INSERT INTO cloudwright_format (version) VALUES (1);
