//! A run with something of everything, and text from outside that means harm.

use jiff::{Timestamp, ToSpan};
use patchward_protocol::check::*;
use patchward_protocol::decision::Priority;
use patchward_protocol::inventory::{Asset, OperatingSystem};
use patchward_protocol::plan::Unpatched;
use patchward_protocol::report::{KnowledgeState, SeverityLevel};
use patchward_protocol::restart::*;
use patchward_protocol::run::*;
use patchward_protocol::transaction::*;

/// Moves the cursor, closes a tag, forges a line.
pub const HOSTILE: &str = "x\u{1b}[2J<script>alert(1)</script>\n</pre>";

fn at(seconds: i64) -> Timestamp {
    let begun: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    begun.checked_add(seconds.seconds()).unwrap()
}

fn step(number: u32, title: &str, summary: &str, result: Option<StepResult>) -> RunStep {
    RunStep {
        number,
        name: title.into(),
        title: title.into(),
        state: "done".into(),
        started: Some(at(i64::from(number) * 3)),
        ended: Some(at(i64::from(number) * 3 + 2)),
        summary: summary.into(),
        ledger_entries: vec![u64::from(number) + 40],
        result,
        ..RunStep::default()
    }
}

fn change(name: &str, from: &str, to: &str, way_back: WayBack) -> PackageChange {
    PackageChange {
        name: name.into(),
        arch: "amd64".into(),
        from: Some(from.into()),
        to: Some(to.into()),
        origins: vec!["Debian-Security:12/stable-security".into()],
        security: true,
        download_bytes: 2_100_000,
        way_back,
        ..PackageChange::default()
    }
}

fn changes() -> Vec<PackageChange> {
    vec![
        change("libssl3", "3.0.9-1", "3.0.15-1~deb12u1", WayBack::Repack),
        change("nginx", "1.22.1-9", "1.22.1-9+deb12u1", WayBack::Archive),
        change("openssl", "3.0.9-1", "3.0.15-1~deb12u1", WayBack::Repack),
    ]
}

fn check(name: &str, outcome: CheckOutcome, found: &str) -> CheckResult {
    CheckResult {
        name: name.into(),
        kind: "http".into(),
        outcome,
        expected: "status 200 and the text \"Welcome\"".into(),
        found: found.into(),
        attempts: 1,
        micros: 12_400,
    }
}

fn checked(phase: &str, last: CheckOutcome) -> StepResult {
    StepResult::Checks(Checked {
        phase: phase.into(),
        results: vec![
            check("front page", CheckOutcome::Passed, "status 200"),
            check(
                "shop API",
                CheckOutcome::Flaky,
                "status 200; before: no answer in time",
            ),
            check("mail", last, "no such program here"),
        ],
        newly_failed: Vec::new(),
    })
}

fn comparison(metric: Metric, verdict: Verdict, effects: [f64; 3], threshold: f64) -> Comparison {
    let control = vec![81_000.0, 79_500.0, 83_000.0, 80_200.0, 80_900.0];
    let patched = control.iter().zip([0.9, 1.0, 1.1, 1.0, 1.05]);
    Comparison {
        name: "front page under load".into(),
        metric,
        patched: patched
            .map(|(value, spread)| value * (1.0 + effects[0] * spread))
            .collect(),
        control,
        effect: effects[0],
        low: effects[1],
        high: effects[2],
        threshold,
        verdict,
    }
}

fn blast() -> BlastSummary {
    let group = |files, bytes| FileGroup { files, bytes };
    BlastSummary {
        files: 63,
        growth_bytes: 12_400,
        by_owner: [
            ("libssl3".to_owned(), group(4, 5_300_000)),
            ("nginx".to_owned(), group(11, 1_400_000)),
            ("openssl".to_owned(), group(42, 1_100_000)),
        ]
        .into(),
        unowned: [("caches".to_owned(), group(5, 40_000))].into(),
        side_effects: vec!["/etc/nginx/dhparam.pem".into(), HOSTILE.into()],
        paths: vec!["/usr/sbin/nginx".into()],
    }
}

fn plan() -> ChangePlan {
    let patch = PlannedPatch {
        package: "openssl".into(),
        packages: ["libssl3", "openssl"]
            .map(|name| PackageVersion {
                name: name.into(),
                version: "3.0.15-1~deb12u1".into(),
            })
            .into(),
        from: "3.0.9-1".into(),
        to: "3.0.15-1~deb12u1".into(),
        resolves: vec!["a".into(), "b".into()],
        vulnerabilities: vec!["CVE-2024-5535".into(), "CVE-2023-5678".into()],
        exploited: 1,
        severity: SeverityLevel::Critical,
        priority: Some(Priority::P1),
        due: Some("2026-01-05".into()),
        risk_removed: 61.5,
        reasons: vec![
            "known to be exploited since 2025-12-20 (KEV)".into(),
            "the machine is reached from the internet".into(),
        ],
    };
    let second = PlannedPatch {
        package: "nginx".into(),
        packages: vec![PackageVersion {
            name: "nginx".into(),
            version: "1.22.1-9+deb12u1".into(),
        }],
        from: "1.22.1-9".into(),
        to: "1.22.1-9+deb12u1".into(),
        resolves: vec!["c".into()],
        vulnerabilities: vec!["CVE-2024-7347".into()],
        severity: SeverityLevel::Medium,
        priority: Some(Priority::P3),
        due: Some("2026-02-01".into()),
        risk_removed: 12.0,
        ..PlannedPatch::default()
    };
    ChangePlan {
        made: at(0),
        knowledge: Some(KnowledgeState {
            records: 412_000,
            updated: Some(at(-7200)),
            ..KnowledgeState::default()
        }),
        asked: vec!["only P1 to P3".into()],
        patches: vec![patch, second],
        left_out: vec![LeftOutPatch {
            package: "curl".into(),
            manager: "apt".into(),
            vulnerabilities: vec!["CVE-2024-9681".into()],
            why: "held by the user".into(),
        }],
        unpatched: vec![Unpatched {
            package: "zlib1g".into(),
            version: "1:1.2.13".into(),
            why: "the publisher says that no fix will come".into(),
            vulnerabilities: vec!["CVE-2023-45853".into()],
            ..Unpatched::default()
        }],
        transaction: Transaction {
            manager: "apt".into(),
            changes: changes(),
            kept_back: vec![KeptBack {
                name: "curl".into(),
                reason: KeptReason::Held,
                detail: String::new(),
            }],
            download_bytes: 4_300_000,
            disk_bytes: 12_400,
            restarts: vec!["nginx".into()],
            irreversible: vec![Irreversible {
                package: "nginx".into(),
                reason: "its script renews a key file: the pre-image brings the old one back"
                    .into(),
            }],
            ..Transaction::default()
        },
        risk: 92.3,
        risk_left: 18.8,
        checks: PlannedChecks {
            source: "/etc/patchward/checks.toml".into(),
            text: "[[tcp]]\nname = \"ssh\"\naddress = \"127.0.0.1:22\"\n".into(),
        },
        no_rehearsal: None,
    }
}

fn shop() -> Asset {
    Asset {
        name: "shop".into(),
        ..Asset::default()
    }
}

fn debian() -> Option<OperatingSystem> {
    Some(OperatingSystem {
        pretty_name: "Debian GNU/Linux 12 (bookworm)".into(),
        ..OperatingSystem::default()
    })
}

/// A rehearsal that went well.
pub fn rehearsal() -> RunReport {
    let clones = Clones {
        runner: "own runner".into(),
        millis: 840,
        left_out: vec!["/srv/video: 1.2 TB, left out by the settings".into()],
        notes: vec!["no cgroup here: memory is not limited".into()],
        services: vec![
            ServiceState {
                name: "nginx".into(),
                up: true,
                said: String::new(),
            },
            ServiceState {
                name: "mail".into(),
                up: false,
                said: "no such program".into(),
            },
        ],
    };
    let compared = vec![
        comparison(
            Metric::CpuPerRequest,
            Verdict::Same,
            [0.012, -0.005, 0.028],
            0.1,
        ),
        comparison(
            Metric::LatencyP99,
            Verdict::Inconclusive,
            [0.06, -0.14, 0.31],
            0.1,
        ),
        comparison(
            Metric::Throughput,
            Verdict::Worse,
            [-0.22, -0.27, -0.17],
            0.1,
        ),
    ];
    RunReport {
        schema: SCHEMA.into(),
        tool_version: "0.1.0".into(),
        number: 6,
        kind: "rehearsal".into(),
        state: "done".into(),
        summary: "Both patches go in, checks pass as before, and the roll-back works.".into(),
        notes: vec!["The clone had no cgroup: memory is not limited.".into()],
        asset: shop(),
        os: debian(),
        actor: "root".into(),
        started: at(-60),
        ended: Some(at(-21)),
        plan: plan(),
        steps: vec![
            step(
                0,
                "make two clones",
                "2 clones",
                Some(StepResult::Clones(clones)),
            ),
            step(
                1,
                "check the unpatched clone",
                "2 of 3 pass",
                Some(checked("control", CheckOutcome::Skipped)),
            ),
            step(
                2,
                "check the patched clone",
                "2 of 3 pass",
                Some(checked("patched", CheckOutcome::Skipped)),
            ),
            step(
                3,
                "compare performance",
                "1 worse",
                Some(StepResult::Compared(compared)),
            ),
            step(
                4,
                "measure the blast radius",
                "63 files",
                Some(StepResult::BlastRadius(blast())),
            ),
            step(
                5,
                "rehearse the roll-back",
                "3 packages are back",
                Some(StepResult::RolledBack(RolledBack {
                    restored: changes()
                        .into_iter()
                        .map(|change| PackageVersion {
                            name: change.name,
                            version: change.from.unwrap_or_default(),
                        })
                        .collect(),
                    ..RolledBack::default()
                })),
            ),
            step(
                6,
                "throw the clones away",
                "the machine is untouched",
                Some(StepResult::Discarded(DiscardedClones {
                    millis: 90,
                    memory_peak: Some(41 << 20),
                    storage_peak: 12 << 20,
                    ..DiscardedClones::default()
                })),
            ),
        ],
        ..RunReport::default()
    }
}

fn applied() -> Applied {
    Applied {
        changed: changes(),
        conf_files: vec![ConfFile {
            package: "nginx".into(),
            path: "/etc/nginx/nginx.conf".into(),
            outcome: ConfOutcome::Kept,
            diff: "--- /etc/nginx/nginx.conf\n+++ /etc/nginx/nginx.conf.dpkg-dist\n@@ -1,3 +1,3 @@\n user www-data;\n-worker_processes 8;\n+worker_processes auto;\n pid /run/nginx.pid; # <b>\n".into(),
            other: Some("/etc/nginx/nginx.conf.dpkg-dist".into()),
            cut: false,
        }],
        log: format!("Setting up nginx (1.22.1-9+deb12u1) ...\n{HOSTILE}\n"),
        manager_millis: 5_200,
        total_millis: 5_900,
        ..Applied::default()
    }
}

fn restarted() -> RestartedServices {
    let service = |name: &str, action, reason: &str| Restarted {
        step: RestartStep {
            service: Service {
                name: name.into(),
                ..Service::default()
            },
            action,
            reason: reason.into(),
            pids: vec![812],
        },
        failure: None,
        millis: 310,
    };
    RestartedServices {
        services: vec![
            service("nginx.service", RestartAction::Restart, ""),
            service(
                "ssh.service",
                RestartAction::KeepSessions,
                "open sessions keep the old code until they end",
            ),
            service(
                "dbus.service",
                RestartAction::Leave,
                "a restart breaks services that hold a connection",
            ),
        ],
        left: vec![StaleProcess {
            pid: 612,
            program: "/usr/bin/dbus-daemon".into(),
            ..StaleProcess::default()
        }],
        reboot: vec![RebootReason {
            package: "dbus".into(),
            reason: "its daemon is only renewed by a reboot".into(),
        }],
        ..RestartedServices::default()
    }
}

fn findings() -> Vec<FindingProof> {
    let fixed = FindingProof {
        key: "a".into(),
        vulnerability: "CVE-2024-5535".into(),
        package: "openssl".into(),
        before: "3.0.9-1".into(),
        after: "3.0.15-1~deb12u1".into(),
        fixed_in: "3.0.15-1~deb12u1".into(),
        state: "fixed".into(),
        priority: Some(Priority::P1),
        due: Some("2026-01-05".into()),
        reasons: vec!["known to be exploited since 2025-12-20 (KEV)".into()],
        evidence: vec![
            "version 3.0.15-1~deb12u1 is at the fix".into(),
            "42 files have the package's checksums".into(),
            "no process runs the old code".into(),
            "checks pass as before".into(),
        ],
        missing: Vec::new(),
    };
    let open = FindingProof {
        key: "b".into(),
        vulnerability: HOSTILE.into(),
        state: "open".into(),
        missing: vec!["/usr/bin/dbus-daemon (pid 612) still runs the old code: reboot".into()],
        ..fixed.clone()
    };
    vec![fixed, open]
}

/// An apply run with its rehearsal.
pub fn apply() -> RunReport {
    let mut failed = step(4, "scan again", "", None);
    failed.state = "failed".into();
    failed.failure = Some(format!("1 of 3 findings is still open: {HOSTILE}"));
    RunReport {
        number: 7,
        kind: "apply".into(),
        state: "done".into(),
        summary: "2 patches are in; 1 of 2 findings is proved fixed.".into(),
        problems: vec!["dbus runs old code until the next reboot".into()],
        notes: Vec::new(),
        started: at(0),
        ended: Some(at(24)),
        steps: vec![
            step(0, "check before", "2 of 3 pass", Some(checked("before", CheckOutcome::Skipped))),
            step(1, "put the patches in", "3 packages", Some(StepResult::Applied(applied()))),
            step(2, "restart services", "2 of 3", Some(StepResult::Restarted(restarted()))),
            step(3, "check after", "2 of 3 pass", Some(checked("after", CheckOutcome::Failed))),
            failed,
        ],
        findings: findings(),
        remaining: vec![Remaining {
            vulnerability: "CVE-2023-45853".into(),
            package: "zlib1g".into(),
            version: "1:1.2.13".into(),
            severity: SeverityLevel::High,
            priority: Some(Priority::P3),
            due: Some("2026-03-01".into()),
            why: "no fix yet".into(),
        }],
        of: Some(Box::new(rehearsal())),
        ledger: Some(LedgerProof {
            entries: (38..46).collect(),
            size: 46,
            root: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
            checkpoint: "shop/ledger\n46\nn4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=\n\n— shop/ledger AbCdEf==\n".into(),
            key: "shop/ledger+1234abcd+AQIDBA==".into(),
        }),
        ..rehearsal()
    }
}

/// The roll-back of that run.
pub fn roll_back() -> RunReport {
    RunReport {
        number: 8,
        kind: "roll-back".into(),
        summary: "3 packages are at their old version again.".into(),
        steps: vec![step(
            0,
            "bring the old versions back",
            "3 packages",
            Some(StepResult::RolledBack(RolledBack {
                restored: vec![PackageVersion {
                    name: "nginx".into(),
                    version: "1.22.1-9".into(),
                }],
                held: vec!["nginx".into()],
                files_different: vec!["/etc/nginx/dhparam.pem".into()],
                failed: vec![Irreversible {
                    package: "libssl3".into(),
                    reason: "another package needs the new version".into(),
                }],
                ..RolledBack::default()
            })),
        )],
        findings: Vec::new(),
        of: Some(Box::new(apply())),
        ..apply()
    }
}
