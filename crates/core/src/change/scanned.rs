//! A scan of the machine, written down: inventory, findings, and the decisions that are new.

use std::collections::BTreeMap;

use patchward_ledger::Entry;
use patchward_protocol::report::{Finding, ScanReport};
use patchward_store::{AssetId, FindingId, FindingState, StoredDecision, StoredFinding, Times};
use serde_json::json;

use super::engine::{Engine, Offers};
use super::error::ChangeError;
use crate::prioritise::seen;

/// A scan that was written down.
pub(super) struct Scanned {
    pub asset: AssetId,
    /// With every component.
    pub report: ScanReport,
    /// Findings that are open in the records and that it did not find.
    pub unseen: Vec<FindingId>,
}

/// Takes the inventory, judges it, and writes both down with the findings and the decisions that are new.
pub(super) fn scan_and_record(engine: &Engine<'_>, offers: Offers) -> Result<Scanned, ChangeError> {
    let inventory = engine.inventory(offers)?;
    let times = Times::now(engine.now());
    let asset = engine.store.asset(&engine.subject.asset(), times)?;
    engine.store.record_inventory(asset, &inventory, times)?;
    let components = inventory.components.clone();
    let mut report = engine.judge(inventory);
    for target in &mut report.targets {
        target.inventory.clone_from(&components);
    }
    let findings: Vec<Finding> = report.targets.iter().flat_map(seen::there).collect();
    let outcome = engine
        .store
        .record_findings(asset, &findings, times, &engine.actor)?;
    record_decisions(engine, asset, &findings, times)?;
    Ok(Scanned {
        asset,
        report,
        unseen: outcome.unseen,
    })
}

/// Decisions that are new or other than the newest are entries of the ledger first, then rows of the store.
fn record_decisions(
    engine: &Engine<'_>,
    asset: AssetId,
    findings: &[Finding],
    times: Times,
) -> Result<(), ChangeError> {
    let stored = stored_findings(engine, asset)?;
    let newest = engine.store.newest_decisions(asset)?;
    let newest: BTreeMap<_, _> = newest
        .into_iter()
        .map(|stored| (stored.finding, stored.decision))
        .collect();
    let mut changed = Vec::new();
    for finding in findings {
        let (Some(decision), Some(known)) = (&finding.decision, stored.get(&finding.id)) else {
            continue;
        };
        if newest.get(&known.id) != Some(decision) {
            changed.push((known.id, finding, decision));
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    let entries: Vec<Entry> = changed
        .iter()
        .map(|(_, finding, decision)| Entry {
            time: times.at,
            kind: "decision".to_owned(),
            actor: engine.actor.clone(),
            subject: finding.id.clone(),
            body: json!({
                "vulnerability": finding.vulnerability,
                "package": finding.component.purl,
                "priority": format!("{:?}", decision.priority),
                "due": decision.due.as_ref().map(|due| &due.date),
                "rules": decision.rules,
                "reasons": decision.reasons,
            }),
        })
        .collect();
    let numbers = engine.ledger.append_all(&entries)?;
    let rows: Vec<StoredDecision> = changed
        .into_iter()
        .zip(numbers)
        .map(|((finding, _, decision), entry)| StoredDecision {
            finding,
            decision: decision.as_ref().clone(),
            times,
            actor: engine.actor.clone(),
            ledger_entry: Some(entry),
        })
        .collect();
    engine.store.record_decisions(&rows)?;
    Ok(())
}

/// Every finding of an asset, whatever its state, by key.
pub(super) fn stored_findings(
    engine: &Engine<'_>,
    asset: AssetId,
) -> Result<BTreeMap<String, StoredFinding>, ChangeError> {
    let all = engine.store.findings(asset, FindingState::ALL)?;
    Ok(all
        .into_iter()
        .map(|stored| (stored.finding.id.clone(), stored))
        .collect())
}

/// Every finding that is known of the machine before a fresh scan, as the newest scan saw it, by key.
pub(super) fn findings_before(
    engine: &Engine<'_>,
    asset: AssetId,
) -> Result<BTreeMap<String, Finding>, ChangeError> {
    Ok(stored_findings(engine, asset)?
        .into_iter()
        .map(|(key, stored)| (key, stored.finding))
        .collect())
}
