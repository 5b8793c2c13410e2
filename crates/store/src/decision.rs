//! Decisions: the outcome of prioritising a finding, one after the other. The newest counts; none is changed.

use patchward_protocol::decision::Decision;
use rusqlite::Row;

use crate::error::StoreError;
use crate::fact::{AssetId, DecisionId, FindingId, Times, micros, times};
use crate::json;
use crate::store::Store;

/// A decision on a finding, as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredDecision {
    /// The finding.
    pub finding: FindingId,
    /// The decision.
    pub decision: Decision,
    /// When it was decided, and when we learnt it.
    pub times: Times,
    /// Who or what decided.
    pub actor: String,
    /// The entry of the ledger that says so.
    pub ledger_entry: Option<u64>,
}

const WRITING: &str = "write down decisions";
const READING: &str = "read decisions";
const COLUMNS: &str = "finding, at, learnt, actor, body, ledger_entry";

impl Store {
    /// Writes down decisions: all, or none. A decision that says what the newest one on its finding said is written down
    /// too: it was made again.
    ///
    /// # Errors
    /// When a finding does not exist, or the store cannot be written.
    pub fn record_decisions(
        &self,
        decisions: &[StoredDecision],
    ) -> Result<Vec<DecisionId>, StoreError> {
        self.write(WRITING, |db| {
            let mut insert = db
                .prepare_cached(
                    "INSERT INTO decision (finding, outcome, priority, due, at, learnt, actor, body, ledger_entry)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                )
                .map_err(StoreError::doing(WRITING))?;
            let mut ids = Vec::new();
            for stored in decisions {
                let decision = &stored.decision;
                insert
                    .execute((
                        stored.finding.0,
                        decision.ssvc.as_ref().map(|ssvc| &ssvc.outcome),
                        json::word(WRITING, &decision.priority)?,
                        decision.due.as_ref().map(|due| &due.date),
                        micros(stored.times.at),
                        micros(stored.times.learnt),
                        &stored.actor,
                        json::text(WRITING, decision)?,
                        stored.ledger_entry.map(u64::cast_signed),
                    ))
                    .map_err(StoreError::doing(WRITING))?;
                ids.push(DecisionId(db.last_insert_rowid()));
            }
            Ok(ids)
        })
    }

    /// The decisions on a finding, oldest first: the last one counts.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn decisions(&self, finding: FindingId) -> Result<Vec<StoredDecision>, StoreError> {
        self.query_decisions("finding = ?1 ORDER BY id", finding.0)
    }

    /// The newest decision on each finding of an asset that has one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn newest_decisions(&self, asset: AssetId) -> Result<Vec<StoredDecision>, StoreError> {
        self.query_decisions(
            "id IN (SELECT max(d.id) FROM decision d JOIN finding f ON f.id = d.finding WHERE f.asset = ?1
             GROUP BY d.finding) ORDER BY finding",
            asset.0,
        )
    }

    fn query_decisions(&self, condition: &str, id: i64) -> Result<Vec<StoredDecision>, StoreError> {
        let db = self.connection();
        let mut query = db
            .prepare_cached(&format!("SELECT {COLUMNS} FROM decision WHERE {condition}"))
            .map_err(StoreError::doing(READING))?;
        let rows = query.query_map([id], stored);
        rows.and_then(Iterator::collect)
            .map_err(StoreError::doing(READING))
    }
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredDecision> {
    Ok(StoredDecision {
        finding: FindingId(row.get(0)?),
        times: times(row.get(1)?, row.get(2)?),
        actor: row.get(3)?,
        decision: json::column(row, 4)?,
        ledger_entry: row.get::<_, Option<i64>>(5)?.map(i64::cast_unsigned),
    })
}
