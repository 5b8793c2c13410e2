//! Findings and their life cycle. A finding is never deleted; every change of its state is kept with both times.

use std::collections::HashMap;

use patchward_protocol::report::Finding;
use rusqlite::{OptionalExtension, Row, Transaction};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::StoreError;
use crate::fact::{AssetId, FindingId, Times, micros, time, times, words};
use crate::json;
use crate::store::Store;

words! {
    /// Where a finding is in its life.
    FindingState {
        /// Seen, and nothing done about it yet.
        Open = "open",
        /// Its risk is accepted for a time, with a reason.
        Accepted = "accepted",
        /// A mitigation lowers its risk; the hole is still there.
        Mitigated = "mitigated",
        /// Closed by evidence: the fix is in.
        Fixed = "fixed",
        /// Closed because the component is gone from the asset.
        Removed = "removed",
        /// Closed because it was never so: the publisher took it back, or the match was wrong.
        NotAffected = "not-affected",
        /// Seen again after it was closed.
        Reopened = "reopened",
    }
}

impl FindingState {
    /// Whether it counts as a hole that is there.
    #[must_use]
    pub fn is_open(self) -> bool {
        !self.is_closed()
    }

    /// Whether it is over, unless it is seen again.
    #[must_use]
    pub fn is_closed(self) -> bool {
        use FindingState::{Fixed, NotAffected, Removed};
        matches!(self, Fixed | Removed | NotAffected)
    }

    /// Whether this change makes sense: what is closed can only be opened again, and nothing becomes what it is.
    #[must_use]
    pub fn can_become(self, next: FindingState) -> bool {
        use FindingState::{Open, Reopened};
        match (self, next) {
            _ if self == next => false,
            (_, Reopened) => self.is_closed(),
            (Reopened, Open) => false,
            _ => self.is_open(),
        }
    }
}

/// A finding, as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredFinding {
    /// Its number.
    pub id: FindingId,
    /// The asset that has it.
    pub asset: AssetId,
    /// Where it is in its life.
    pub state: FindingState,
    /// Since when.
    pub state_since: jiff::Timestamp,
    /// When it was first there, and when we learnt that.
    pub first: Times,
    /// When it was last there, and when we learnt that.
    pub last: Times,
    /// What the newest scan said of it.
    pub finding: Finding,
}

/// A change of state.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingChange {
    /// The state before; none for the first.
    pub before: Option<FindingState>,
    /// The state after.
    pub after: FindingState,
    /// When, and when we learnt it.
    pub times: Times,
    /// Who or what changed it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// The evidence; null where there is none.
    pub evidence: Value,
    /// The entry of the ledger that says so.
    pub ledger_entry: Option<u64>,
}

/// Why and by whom a state is changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Because<'a> {
    /// Who or what.
    pub actor: &'a str,
    /// Why.
    pub reason: &'a str,
    /// Evidence.
    pub evidence: Value,
    /// The entry of the ledger that says so.
    pub ledger_entry: Option<u64>,
}

/// What a scan changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanOutcome {
    /// Seen for the first time.
    pub new: Vec<FindingId>,
    /// Closed before, and seen again.
    pub reopened: Vec<FindingId>,
    /// Seen before and now.
    pub still: Vec<FindingId>,
    /// Open, and not seen by this scan. They stay open: closing needs evidence.
    pub unseen: Vec<FindingId>,
}

const COLUMNS: &str =
    "id, asset, state, state_at, first_seen, first_learnt, last_seen, last_learnt, body";

impl Store {
    /// Writes down what a scan of the whole asset found. New findings become open, closed ones reopened; what the scan
    /// did not see is told and stays as it is.
    ///
    /// # Errors
    /// When the store cannot be written; then none of it was.
    pub fn record_findings(
        &self,
        asset: AssetId,
        findings: &[Finding],
        times: Times,
        actor: &str,
    ) -> Result<ScanOutcome, StoreError> {
        let doing = "write down findings";
        self.write(doing, |db| {
            let mut outcome = ScanOutcome::default();
            for finding in findings {
                record(db, asset, finding, times, actor, &mut outcome)?;
            }
            let mut query = db
                .prepare_cached(
                    "SELECT id, state FROM finding WHERE asset = ?1 AND (last_seen < ?2 OR last_learnt < ?3) ORDER BY id",
                )
                .map_err(StoreError::doing(doing))?;
            let rows = query
                .query_map((asset.0, micros(times.at), micros(times.learnt)), |row| {
                    Ok((FindingId(row.get(0)?), row.get::<_, FindingState>(1)?))
                })
                .map_err(StoreError::doing(doing))?;
            for row in rows {
                let (id, state) = row.map_err(StoreError::doing(doing))?;
                let seen = [&outcome.new, &outcome.reopened, &outcome.still];
                if state.is_open() && !seen.iter().any(|ids| ids.binary_search(&id).is_ok()) {
                    outcome.unseen.push(id);
                }
            }
            Ok(outcome)
        })
    }

    /// Changes the state of a finding that is in state `from`.
    ///
    /// # Errors
    /// When it is in another state by now, the change makes no sense, there is no such finding, or the store cannot be
    /// written.
    pub fn set_finding_state(
        &self,
        id: FindingId,
        from: FindingState,
        to: FindingState,
        times: Times,
        because: &Because<'_>,
    ) -> Result<(), StoreError> {
        self.write("change a finding's state", |db| {
            let now = state_of(db, id)?;
            if now != from || !now.can_become(to) {
                return Err(StoreError::Refused {
                    what: "finding",
                    id: id.0,
                    now: now.to_string(),
                    wanted: to.to_string(),
                });
            }
            change(db, id, Some(now), to, times, because)
        })
    }

    /// The findings of an asset in these states, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn findings(
        &self,
        asset: AssetId,
        states: &[FindingState],
    ) -> Result<Vec<StoredFinding>, StoreError> {
        let mut found = self.query_findings("asset = ?1", asset.0)?;
        found.retain(|finding| states.contains(&finding.state));
        Ok(found)
    }

    /// When each finding of an asset was first there, in whatever state it is now, by the finding's own id
    /// ([`Finding::id`]). What scans said of them is not read.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn first_seen(
        &self,
        asset: AssetId,
    ) -> Result<HashMap<String, jiff::Timestamp>, StoreError> {
        let doing = "read when findings were first seen";
        let db = self.connection();
        let mut query = db
            .prepare_cached("SELECT key, first_seen FROM finding WHERE asset = ?1")
            .map_err(StoreError::doing(doing))?;
        let rows = query
            .query_map([asset.0], |row| Ok((row.get(0)?, time(row.get(1)?))))
            .map_err(StoreError::doing(doing))?;
        rows.collect::<Result<_, _>>()
            .map_err(StoreError::doing(doing))
    }

    /// The findings of this vulnerability (by its display id) on all assets.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn findings_of(&self, vulnerability: &str) -> Result<Vec<StoredFinding>, StoreError> {
        self.query_findings("vulnerability = ?1", vulnerability)
    }

    /// One finding.
    ///
    /// # Errors
    /// When there is none with this number, or the store cannot be read.
    pub fn finding(&self, id: FindingId) -> Result<StoredFinding, StoreError> {
        let mut found = self.query_findings("id = ?1", id.0)?;
        found.pop().ok_or_else(|| missing(id))
    }

    fn query_findings(
        &self,
        condition: &str,
        value: impl rusqlite::ToSql,
    ) -> Result<Vec<StoredFinding>, StoreError> {
        let doing = "read findings";
        let db = self.connection();
        let mut query = db
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM finding WHERE {condition} ORDER BY id"
            ))
            .map_err(StoreError::doing(doing))?;
        let rows = query
            .query_map([value], stored)
            .map_err(StoreError::doing(doing))?;
        rows.collect::<Result<_, _>>()
            .map_err(StoreError::doing(doing))
    }

    /// Every change of a finding's state, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn finding_changes(&self, id: FindingId) -> Result<Vec<FindingChange>, StoreError> {
        let doing = "read a finding's history";
        let db = self.connection();
        let mut query = db
            .prepare_cached(
                "SELECT before, after, at, learnt, actor, reason, evidence, ledger_entry
                 FROM finding_change WHERE finding = ?1 ORDER BY id",
            )
            .map_err(StoreError::doing(doing))?;
        let rows = query.query_map([id.0], |row| {
            Ok(FindingChange {
                before: row.get(0)?,
                after: row.get(1)?,
                times: times(row.get(2)?, row.get(3)?),
                actor: row.get(4)?,
                reason: row.get(5)?,
                evidence: json::column(row, 6)?,
                ledger_entry: row.get::<_, Option<i64>>(7)?.map(i64::cast_unsigned),
            })
        });
        rows.and_then(Iterator::collect)
            .map_err(StoreError::doing(doing))
    }
}

/// Writes down one finding of a scan.
fn record(
    db: &Transaction<'_>,
    asset: AssetId,
    finding: &Finding,
    times: Times,
    actor: &str,
    outcome: &mut ScanOutcome,
) -> Result<(), StoreError> {
    let doing = "write down a finding";
    let body = json::text(doing, finding)?;
    let (at, learnt) = (micros(times.at), micros(times.learnt));
    let because = |reason| Because {
        actor,
        reason,
        ..Because::default()
    };
    let known: Option<(i64, FindingState)> = db
        .prepare_cached("SELECT id, state FROM finding WHERE asset = ?1 AND key = ?2")
        .and_then(|mut query| {
            query
                .query_row((asset.0, &finding.id), |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        })
        .map_err(StoreError::doing(doing))?;
    if let Some((id, state)) = known {
        let id = FindingId(id);
        // A scan that is learnt late does not make newer news old.
        db.prepare_cached(
            "UPDATE finding SET first_seen = min(first_seen, ?2), last_seen = max(last_seen, ?2),
             last_learnt = max(last_learnt, ?3), body = CASE WHEN ?2 >= last_seen THEN ?4 ELSE body END WHERE id = ?1",
        )
        .and_then(|mut update| update.execute((id.0, at, learnt, &body)))
        .map_err(StoreError::doing(doing))?;
        if state.is_closed() {
            let reason = because("a scan sees it again");
            change(db, id, Some(state), FindingState::Reopened, times, &reason)?;
            insert_sorted(&mut outcome.reopened, id);
        } else {
            insert_sorted(&mut outcome.still, id);
        }
        return Ok(());
    }
    db.prepare_cached(
        "INSERT INTO finding (asset, key, vulnerability, purl, state, state_at, first_seen, first_learnt, last_seen,
         last_learnt, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?6, ?7, ?8)",
    )
    .and_then(|mut insert| {
        insert.execute((
            asset.0,
            &finding.id,
            &finding.vulnerability,
            &finding.component.purl,
            FindingState::Open,
            at,
            learnt,
            &body,
        ))
    })
    .map_err(StoreError::doing(doing))?;
    let id = FindingId(db.last_insert_rowid());
    let reason = because("a scan sees it for the first time");
    change(db, id, None, FindingState::Open, times, &reason)?;
    insert_sorted(&mut outcome.new, id);
    Ok(())
}

fn insert_sorted(ids: &mut Vec<FindingId>, id: FindingId) {
    if let Err(at) = ids.binary_search(&id) {
        ids.insert(at, id);
    }
}

fn state_of(db: &Transaction<'_>, id: FindingId) -> Result<FindingState, StoreError> {
    db.query_row("SELECT state FROM finding WHERE id = ?1", [id.0], |row| {
        row.get(0)
    })
    .optional()
    .map_err(StoreError::doing("read a finding's state"))?
    .ok_or_else(|| missing(id))
}

fn change(
    db: &Transaction<'_>,
    id: FindingId,
    before: Option<FindingState>,
    after: FindingState,
    times: Times,
    because: &Because<'_>,
) -> Result<(), StoreError> {
    let (at, learnt) = (micros(times.at), micros(times.learnt));
    let rows = || {
        db.prepare_cached(
            "INSERT INTO finding_change (finding, before, after, at, learnt, actor, reason, evidence, ledger_entry)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute((
            id.0,
            before,
            after,
            at,
            learnt,
            because.actor,
            because.reason,
            because.evidence.to_string(),
            because.ledger_entry.map(u64::cast_signed),
        ))?;
        db.prepare_cached("UPDATE finding SET state = ?2, state_at = ?3 WHERE id = ?1")?
            .execute((id.0, after, at))
    };
    rows()
        .map(|_| ())
        .map_err(StoreError::doing("change a finding's state"))
}

fn missing(id: FindingId) -> StoreError {
    StoreError::Missing {
        what: "finding",
        id: id.0,
    }
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredFinding> {
    Ok(StoredFinding {
        id: FindingId(row.get(0)?),
        asset: AssetId(row.get(1)?),
        state: row.get(2)?,
        state_since: time(row.get(3)?),
        first: times(row.get(4)?, row.get(5)?),
        last: times(row.get(6)?, row.get(7)?),
        finding: json::column(row, 8)?,
    })
}
