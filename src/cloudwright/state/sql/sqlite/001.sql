-- One file holds the states of many apps and stages.
CREATE TABLE cw_state (
    id INTEGER PRIMARY KEY,
    app TEXT NOT NULL,
    stage TEXT NOT NULL,
    serial INTEGER NOT NULL DEFAULT 0,
    fence INTEGER NOT NULL DEFAULT 0,
    UNIQUE (app, stage)
) STRICT;

-- Records, journal entries, outputs and learned figures, each as one JSON text.
CREATE TABLE cw_cell (
    state INTEGER NOT NULL REFERENCES cw_state (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    generation INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (state, kind, name, generation)
) STRICT;

-- The lease on record, as one JSON text.
CREATE TABLE cw_lease (
    state INTEGER PRIMARY KEY REFERENCES cw_state (id),
    body TEXT NOT NULL
) STRICT;

-- What the latest commits did to records and outputs.
CREATE TABLE cw_past (
    state INTEGER NOT NULL REFERENCES cw_state (id),
    serial INTEGER NOT NULL,
    position INTEGER NOT NULL,
    at REAL NOT NULL,
    author TEXT NOT NULL,
    command TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    generation INTEGER NOT NULL,
    before TEXT,
    after TEXT,
    PRIMARY KEY (state, serial, position)
) STRICT;
