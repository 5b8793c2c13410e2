//! Which of the packages that were asked for are asked of apt, and why the others stay as they are.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use patchward_protocol::transaction::{KeptBack, KeptReason, PackageVersion};
use patchward_version::Scheme;

use super::policy::Policy;
use crate::dpkg::status::Status;
use crate::executor::Request;

/// The packages to ask apt for, and those that stay.
pub fn choose(
    request: &Request,
    status: &Status,
    policies: &BTreeMap<String, Policy>,
) -> (Vec<PackageVersion>, Vec<KeptBack>) {
    let mut wanted = Vec::new();
    let mut kept = Vec::new();
    for package in &request.packages {
        let fresh = request.install.contains(&package.name);
        match judge(package, fresh, status, policies.get(&package.name)) {
            Ok(version) => wanted.push(PackageVersion {
                name: package.name.clone(),
                version,
            }),
            Err((reason, detail)) => kept.push(KeptBack {
                name: package.name.clone(),
                reason,
                detail,
            }),
        }
    }
    wanted.sort();
    wanted.dedup();
    (wanted, kept)
}

fn judge(
    package: &PackageVersion,
    fresh: bool,
    status: &Status,
    policy: Option<&Policy>,
) -> Result<String, (KeptReason, String)> {
    let installed = status
        .get(&package.name, None)
        .filter(|found| !matches!(found.state.as_str(), "not-installed" | "config-files"));
    if installed.is_none() && !fresh {
        return Err((KeptReason::NotInstalled, "it is not installed".to_owned()));
    }
    if installed.is_some_and(|found| found.is_held()) {
        return Err((
            KeptReason::Held,
            "it is held (apt-mark unhold releases it)".to_owned(),
        ));
    }
    let unknown = || (KeptReason::NotAvailable, "no repository has it".to_owned());
    let policy = policy.ok_or_else(unknown)?;
    let version = if package.version.is_empty() {
        &policy.candidate
    } else {
        &package.version
    };
    if let Some(found) = installed
        && !version.is_empty()
        && Scheme::Debian
            .compare(&found.version, version)
            .is_ok_and(Ordering::is_ge)
        && found.is_installed()
    {
        return Err((
            KeptReason::AlreadyThere,
            format!("{} is installed", found.version),
        ));
    }
    allowed(version, policy)?;
    Ok(version.clone())
}

/// Whether pins and phasing let apt have this version.
fn allowed(version: &str, policy: &Policy) -> Result<(), (KeptReason, String)> {
    let candidate = match policy.candidate.as_str() {
        "" => "none",
        candidate => candidate,
    };
    let Some(known) = policy
        .version(version)
        .filter(|known| !known.sources.is_empty())
    else {
        let detail = format!("no repository has {version}; apt's candidate is {candidate}");
        return Err((KeptReason::NotAvailable, detail));
    };
    let is_candidate = version == policy.candidate;
    if let (Some(share), false) = (known.phased, is_candidate) {
        let detail = format!("{version} has come to {share} % of machines, not to this one yet");
        return Err((KeptReason::Phased, detail));
    }
    if known.priority < 0 {
        let detail = format!("a pin forbids {version} (priority {})", known.priority);
        return Err((KeptReason::Pinned, detail));
    }
    let past = Scheme::Debian
        .compare(version, &policy.candidate)
        .is_ok_and(Ordering::is_gt);
    if candidate == "none" || past {
        let detail = format!(
            "pins choose {candidate} rather than {version} (priority {})",
            known.priority
        );
        return Err((KeptReason::Pinned, detail));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apt::policy;

    fn check(package: &str, version: &str, expected: Result<&str, KeptReason>) {
        let status = Status::parse(
            "Package: web\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0\n\n\
             Package: kept\nStatus: hold ok installed\nArchitecture: amd64\nVersion: 1.0\n",
        );
        let table = |name: &str, candidate: &str| {
            format!(
                "{name}:\n  Installed: 1.0\n  Candidate: {candidate}\n  Version table:\n     1.3 1 (phased 20%)\n        500 uri Packages\n     \
                 1.2 500\n        500 uri Packages\n     1.1 -1\n        500 uri Packages\n *** 1.0 100\n        100 /var/lib/dpkg/status\n"
            )
        };
        let policies = policy::parse(&(table("web", "1.2") + &table("kept", "1.2")));
        let request = Request {
            packages: vec![PackageVersion {
                name: package.into(),
                version: version.into(),
            }],
            install: Vec::new(),
        };
        let (wanted, kept) = choose(&request, &status, &policies);
        match expected {
            Ok(version) => assert_eq!(wanted[0].version, version),
            Err(reason) => assert_eq!(kept[0].reason, reason, "{}", kept[0].detail),
        }
    }

    #[test]
    fn holds_pins_and_phasing_are_respected() {
        check("web", "1.2", Ok("1.2"));
        check("web", "", Ok("1.2"));
        check("web", "1.3", Err(KeptReason::Phased));
        check("web", "1.1", Err(KeptReason::Pinned));
        check("web", "1.0", Err(KeptReason::AlreadyThere));
        check("web", "1.2.5", Err(KeptReason::NotAvailable));
        check("kept", "1.2", Err(KeptReason::Held));
        check("missing", "1.2", Err(KeptReason::NotInstalled));
    }
}
