-- One database holds the states of many apps and stages.
CREATE TABLE cw_state (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    app TEXT NOT NULL,
    stage TEXT NOT NULL,
    serial BIGINT NOT NULL DEFAULT 0,
    fence BIGINT NOT NULL DEFAULT 0,
    mark TEXT NOT NULL DEFAULT '',
    UNIQUE (app, stage)
);

-- Records, journal entries, outputs and learned figures, each as one JSON text.
CREATE TABLE cw_cell (
    state BIGINT NOT NULL REFERENCES cw_state (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    generation INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (state, kind, name, generation)
);

-- The lease on record, as one JSON text.
CREATE TABLE cw_lease (
    state BIGINT PRIMARY KEY REFERENCES cw_state (id),
    body TEXT NOT NULL
);

-- What the latest commits did to records and outputs.
CREATE TABLE cw_past (
    state BIGINT NOT NULL REFERENCES cw_state (id),
    serial BIGINT NOT NULL,
    position INTEGER NOT NULL,
    at DOUBLE PRECISION NOT NULL,
    author TEXT NOT NULL,
    command TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    generation INTEGER NOT NULL,
    before TEXT,
    after TEXT,
    PRIMARY KEY (state, serial, position)
);

-- The one row says which format the tables have.
CREATE TABLE cw_format (
    version INTEGER NOT NULL
);
INSERT INTO cw_format (version) VALUES (1);
