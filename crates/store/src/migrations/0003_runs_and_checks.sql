-- A rehearsal, an apply, a verification or a roll-back, with its steps: the journal that is written ahead of each action.
CREATE TABLE run (
    id            INTEGER PRIMARY KEY,
    kind          TEXT NOT NULL,
    asset         INTEGER NOT NULL REFERENCES asset (id),
    of_run        INTEGER REFERENCES run (id),
    state         TEXT NOT NULL,
    at            INTEGER NOT NULL,
    learnt        INTEGER NOT NULL,
    changed       INTEGER NOT NULL,
    actor         TEXT NOT NULL,
    plan          TEXT NOT NULL,
    result        TEXT NOT NULL DEFAULT 'null',
    ledger_entry  INTEGER
);
CREATE INDEX run_in_state ON run (state);
CREATE INDEX run_of_asset ON run (asset, id);

CREATE TABLE step (
    id      INTEGER PRIMARY KEY,
    run     INTEGER NOT NULL REFERENCES run (id),
    number  INTEGER NOT NULL,
    name    TEXT NOT NULL,
    state   TEXT NOT NULL,
    action  TEXT NOT NULL,
    result  TEXT NOT NULL DEFAULT 'null',
    UNIQUE (run, number)
);

-- Every change of state of a run or of one of its steps.
CREATE TABLE run_event (
    id            INTEGER PRIMARY KEY,
    run           INTEGER NOT NULL REFERENCES run (id),
    step          INTEGER REFERENCES step (id),
    before        TEXT,
    after         TEXT NOT NULL,
    at            INTEGER NOT NULL,
    learnt        INTEGER NOT NULL,
    detail        TEXT NOT NULL,
    ledger_entry  INTEGER
);
CREATE INDEX run_event_of ON run_event (run, id);

-- Functional checks, and performance compared pair by pair; the body is the whole record.
CREATE TABLE check_result (
    id       INTEGER PRIMARY KEY,
    run      INTEGER NOT NULL REFERENCES run (id),
    phase    TEXT NOT NULL,
    name     TEXT NOT NULL,
    outcome  TEXT NOT NULL,
    at       INTEGER NOT NULL,
    learnt   INTEGER NOT NULL,
    body     TEXT NOT NULL
);
CREATE INDEX check_result_of ON check_result (run, id);

CREATE TABLE comparison (
    id       INTEGER PRIMARY KEY,
    run      INTEGER NOT NULL REFERENCES run (id),
    phase    TEXT NOT NULL,
    name     TEXT NOT NULL,
    verdict  TEXT NOT NULL,
    at       INTEGER NOT NULL,
    learnt   INTEGER NOT NULL,
    body     TEXT NOT NULL
);
CREATE INDEX comparison_of ON comparison (run, id);
