-- Times are microseconds since 1970 in UTC. `at` is when it was so, `learnt` is when we learnt it.
CREATE TABLE asset (
    id       INTEGER PRIMARY KEY,
    kind     TEXT NOT NULL,
    name     TEXT NOT NULL,
    at       INTEGER NOT NULL,
    learnt   INTEGER NOT NULL,
    context  TEXT NOT NULL DEFAULT '{}',
    UNIQUE (kind, name)
);

-- A package at a version, once for all assets.
CREATE TABLE component (
    id       INTEGER PRIMARY KEY,
    purl     TEXT NOT NULL,
    name     TEXT NOT NULL,
    version  TEXT NOT NULL,
    UNIQUE (purl, name, version)
);

-- What else an inventory says of a component; the same on most machines, so once too.
CREATE TABLE component_detail (
    id       INTEGER PRIMARY KEY,
    body     TEXT NOT NULL UNIQUE
);

-- An inventory is known by the digest of its content.
CREATE TABLE inventory (
    id       INTEGER PRIMARY KEY,
    digest   TEXT NOT NULL UNIQUE,
    facts    TEXT NOT NULL,
    learnt   INTEGER NOT NULL
);

CREATE TABLE inventory_component (
    inventory  INTEGER NOT NULL REFERENCES inventory (id),
    position   INTEGER NOT NULL,
    component  INTEGER NOT NULL REFERENCES component (id),
    detail     INTEGER NOT NULL REFERENCES component_detail (id),
    PRIMARY KEY (inventory, position)
) WITHOUT ROWID;
CREATE INDEX inventory_component_of ON inventory_component (component, inventory);

-- When an asset had which inventory.
CREATE TABLE asset_inventory (
    id         INTEGER PRIMARY KEY,
    asset      INTEGER NOT NULL REFERENCES asset (id),
    inventory  INTEGER NOT NULL REFERENCES inventory (id),
    at         INTEGER NOT NULL,
    learnt     INTEGER NOT NULL
);
CREATE INDEX asset_inventory_newest ON asset_inventory (asset, at);
