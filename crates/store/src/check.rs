//! Results of checks, before and after, in the clone and on the machine.

use patchward_protocol::check::{CheckResult, Comparison};
use rusqlite::Row;

use crate::error::StoreError;
use crate::fact::{RunId, Times, micros, times};
use crate::json;
use crate::store::Store;

/// What was checked or compared in one phase of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked<T> {
    /// `before`, `after`, `control`, `patched`, `rolled-back`.
    pub phase: String,
    /// When it began, and when we learnt it.
    pub times: Times,
    /// What came of it.
    pub result: T,
}

const WRITING: &str = "write down results of checks";
const READING: &str = "read results of checks";

impl Store {
    /// Writes down results of checks of one phase: all, or none.
    ///
    /// # Errors
    /// When there is no such run, or the store cannot be written.
    pub fn record_checks(
        &self,
        run: RunId,
        phase: &str,
        results: &[CheckResult],
        times: Times,
    ) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        for result in results {
            let outcome = json::word(WRITING, &result.outcome)?;
            rows.push((result.name.as_str(), outcome, json::text(WRITING, result)?));
        }
        self.insert_checked(
            "INSERT INTO check_result (run, phase, name, outcome, at, learnt, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            run,
            phase,
            &rows,
            times,
        )
    }

    /// Writes down comparisons of performance: all, or none.
    ///
    /// # Errors
    /// When there is no such run, or the store cannot be written.
    pub fn record_comparisons(
        &self,
        run: RunId,
        phase: &str,
        results: &[Comparison],
        times: Times,
    ) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        for result in results {
            let verdict = json::word(WRITING, &result.verdict)?;
            rows.push((result.name.as_str(), verdict, json::text(WRITING, result)?));
        }
        self.insert_checked(
            "INSERT INTO comparison (run, phase, name, verdict, at, learnt, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            run,
            phase,
            &rows,
            times,
        )
    }

    fn insert_checked(
        &self,
        sql: &'static str,
        run: RunId,
        phase: &str,
        rows: &[(&str, String, String)],
        times: Times,
    ) -> Result<(), StoreError> {
        let (at, learnt) = (micros(times.at), micros(times.learnt));
        self.write(WRITING, |db| {
            let mut insert = db.prepare_cached(sql).map_err(StoreError::doing(WRITING))?;
            for (name, outcome, body) in rows {
                insert
                    .execute((run.0, phase, name, outcome, at, learnt, body))
                    .map_err(StoreError::doing(WRITING))?;
            }
            Ok(())
        })
    }

    /// The results of a run's checks, in the order in which they were written down.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn checks(&self, run: RunId) -> Result<Vec<Checked<CheckResult>>, StoreError> {
        self.query_checked(
            "SELECT phase, at, learnt, body FROM check_result WHERE run = ?1 ORDER BY id",
            run,
        )
    }

    /// The comparisons of a run, in the order in which they were written down.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn comparisons(&self, run: RunId) -> Result<Vec<Checked<Comparison>>, StoreError> {
        self.query_checked(
            "SELECT phase, at, learnt, body FROM comparison WHERE run = ?1 ORDER BY id",
            run,
        )
    }

    fn query_checked<T: serde::de::DeserializeOwned>(
        &self,
        sql: &'static str,
        run: RunId,
    ) -> Result<Vec<Checked<T>>, StoreError> {
        let db = self.connection();
        let mut query = db.prepare_cached(sql).map_err(StoreError::doing(READING))?;
        let rows = query.query_map([run.0], |row: &Row<'_>| {
            Ok(Checked {
                phase: row.get(0)?,
                times: times(row.get(1)?, row.get(2)?),
                result: json::column(row, 3)?,
            })
        });
        rows.and_then(Iterator::collect)
            .map_err(StoreError::doing(READING))
    }
}
