-- A vulnerability that affects a component of an asset. Never deleted.
CREATE TABLE finding (
    id             INTEGER PRIMARY KEY,
    asset          INTEGER NOT NULL REFERENCES asset (id),
    key            TEXT NOT NULL,
    vulnerability  TEXT NOT NULL,
    purl           TEXT NOT NULL,
    state          TEXT NOT NULL,
    state_at       INTEGER NOT NULL,
    first_seen     INTEGER NOT NULL,
    first_learnt   INTEGER NOT NULL,
    last_seen      INTEGER NOT NULL,
    last_learnt    INTEGER NOT NULL,
    body           TEXT NOT NULL,
    UNIQUE (asset, key)
);
CREATE INDEX finding_of_vulnerability ON finding (vulnerability);
CREATE INDEX finding_in_state ON finding (state, asset);

CREATE TABLE finding_change (
    id            INTEGER PRIMARY KEY,
    finding       INTEGER NOT NULL REFERENCES finding (id),
    before        TEXT,
    after         TEXT NOT NULL,
    at            INTEGER NOT NULL,
    learnt        INTEGER NOT NULL,
    actor         TEXT NOT NULL,
    reason        TEXT NOT NULL,
    evidence      TEXT NOT NULL DEFAULT 'null',
    ledger_entry  INTEGER
);
CREATE INDEX finding_change_of ON finding_change (finding, id);

-- What prioritising a finding came to; the newest counts. `due` is a day, YYYY-MM-DD.
CREATE TABLE decision (
    id            INTEGER PRIMARY KEY,
    finding       INTEGER NOT NULL REFERENCES finding (id),
    outcome       TEXT,
    priority      TEXT NOT NULL,
    due           TEXT,
    at            INTEGER NOT NULL,
    learnt        INTEGER NOT NULL,
    actor         TEXT NOT NULL,
    body          TEXT NOT NULL,
    ledger_entry  INTEGER
);
CREATE INDEX decision_of ON decision (finding, id);
