//! A decision in words.

use patchward_protocol::decision::{Decision, Priority, SsvcDecision};

/// `P1`.
pub fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::P1 => "P1",
        Priority::P2 => "P2",
        Priority::P3 => "P3",
        Priority::P4 => "P4",
        Priority::P5 => "P5",
    }
}

/// The decision, its reasons, where each SSVC value comes from, and every deadline, a line each.
pub fn lines(decision: &Decision) -> Vec<String> {
    let due = decision.due.as_ref();
    let due = due
        .map(|due| format!(", due {}", due.date))
        .unwrap_or_default();
    let mut lines = vec![format!(
        "{}, score {:.1} of 100{due}",
        priority(decision.priority),
        decision.score
    )];
    lines.extend(decision.reasons.iter().map(|reason| format!("- {reason}")));
    for ssvc in decision.ssvc.iter().chain(&decision.table) {
        lines.extend(ssvc_lines(ssvc));
    }
    for later in decision.deadlines.iter().skip(1) {
        let demands = match later.demands.is_empty() {
            true => String::new(),
            false => format!(", with {}", later.demands.join(", ")),
        };
        lines.push(format!(
            "- also due {}: from {} ({}), by rule {}{demands}",
            later.date, later.starts, later.clock, later.rule
        ));
    }
    if let Some(class) = &decision.approval {
        lines.push(format!("- approval class {class}"));
    }
    if !decision.notify.is_empty() {
        lines.push(format!("- to be told: {}", decision.notify.join(", ")));
    }
    lines
}

/// `- ssvc:DT_DP:1.0.0 → immediate`, and each decision point: `  exploitation active (signal: in CISA KEV)`.
fn ssvc_lines(ssvc: &SsvcDecision) -> impl Iterator<Item = String> {
    let points = ssvc.points.iter();
    let points = points.map(|point| format!("  {} {} ({})", point.name, point.value, point.source));
    std::iter::once(format!("- {} → {}", ssvc.table, ssvc.outcome)).chain(points)
}
