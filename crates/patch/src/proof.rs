//! What the proof of a transaction lacks, in words.

use patchward_protocol::transaction::{KeptReason, PackageChange, PackageProof, Transaction};

/// What a package's proof lacks, in words.
pub fn proof_gaps(change: &PackageChange, proof: &PackageProof) -> Vec<String> {
    let mut gaps = Vec::new();
    if !proof.at_or_past {
        let found = proof.found.as_deref().unwrap_or("not wholly installed");
        let wanted = change.to.as_deref().unwrap_or("removed");
        gaps.push(format!(
            "{} is {found}, not the wanted {wanted}",
            change.name
        ));
    }
    let mut files = |what: &str, paths: &[String]| {
        if !paths.is_empty() {
            gaps.push(format!(
                "{}: files {what}: {}",
                change.name,
                paths.join(", ")
            ));
        }
    };
    files("differ from the package's checksums", &proof.files_changed);
    files("are missing", &proof.files_missing);
    gaps
}

/// What was asked for and not done, in words.
pub fn kept_gaps(transaction: &Transaction) -> Vec<String> {
    transaction
        .kept_back
        .iter()
        .filter(|kept| kept.reason != KeptReason::AlreadyThere)
        .map(|kept| format!("{} was kept back: {}", kept.name, kept.detail))
        .collect()
}
