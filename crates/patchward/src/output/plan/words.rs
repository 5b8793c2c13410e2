//! What several formats say of a plan, worded once.

use jiff::Timestamp;
use patchward_protocol::decision::Priority;
use patchward_protocol::plan::{ChoiceMethod, DisruptionKind, PlanLimits, PlanReport, PlanStep};

use crate::output::decision::priority;
use crate::output::table::{grouped, plural};

/// Points with one digit behind the point: `27,834.9`.
pub fn points(points: f64) -> String {
    let tenths = (points.max(0.0) * 10.0).round() as u64;
    format!("{}.{}", grouped(tenths / 10), tenths % 10)
}

/// A share of the whole, in percent; of nothing, nothing is left. What is left is never called 0 %.
pub fn percent(part: f64, whole: f64) -> String {
    let share = match whole > 0.0 {
        true => part / whole * 100.0,
        false => 0.0,
    };
    match share {
        share if share <= 0.0 => "0 %".to_owned(),
        share if share < 0.05 => "<0.1 %".to_owned(),
        share if share < 0.95 => format!("{share:.1} %"),
        share => format!("{share:.0} %"),
    }
}

/// A span in its two largest units: `1h 20m`, `45s`.
pub fn span(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut parts = Vec::new();
    for (count, unit) in [(hours, "h"), (minutes, "m"), (rest, "s")] {
        if count > 0 && parts.len() < 2 {
            parts.push(format!("{count}{unit}"));
        }
    }
    match parts.is_empty() {
        true => "0s".to_owned(),
        false => parts.join(" "),
    }
}

/// Priority and date: `P1, due 2026-01-05, overdue`; nothing where nothing was prioritised.
pub fn due(step: &PlanStep, made: Timestamp) -> Option<String> {
    let urgency = step.urgency.as_ref()?;
    let word = priority(urgency.priority);
    let Some(due) = &urgency.due else {
        return Some(word.to_owned());
    };
    // The date may be that of another finding than the most urgent one.
    let whose = match urgency.due_vulnerability.as_str() {
        "" => String::new(),
        id if id == urgency.vulnerability => String::new(),
        id => format!(" for {id}"),
    };
    let overdue = match due.date < made.strftime("%Y-%m-%d").to_string() {
        true => ", overdue",
        false => "",
    };
    Some(format!("{word}, due {}{whose}{overdue}", due.date))
}

/// Why: `CVE-2026-1: in the KEV list of CISA`.
pub fn why(step: &PlanStep) -> Option<String> {
    let urgency = step.urgency.as_ref()?;
    Some(format!("{}: {}", urgency.vulnerability, urgency.reason))
}

/// What a step disturbs: `restarts nginx, ssh (15s)`, and with what it is shared where it adds nothing.
pub fn disruption(step: &PlanStep, plan: &PlanReport) -> String {
    let disruption = &step.disruption;
    let what = listed(&disruption.what, 4);
    let text = match disruption.kind {
        DisruptionKind::None => return "disturbs nothing".to_owned(),
        DisruptionKind::Restart => format!("restarts {what}"),
        DisruptionKind::Users => format!("restarts what uses {what}"),
        DisruptionKind::Redeploy if what == "." => "deploys the application anew".to_owned(),
        DisruptionKind::Redeploy => format!("deploys {what} anew"),
        DisruptionKind::Reboot => "reboots".to_owned(),
    };
    let is_reboot = |step: &PlanStep| step.disruption.kind == DisruptionKind::Reboot;
    let mut here = plan.steps.iter().filter(|one| one.target == step.target);
    match disruption.downtime_seconds {
        0 if !is_reboot(step) && here.any(is_reboot) => format!("{text} (in the reboot)"),
        0 => format!("{text} (once, with an earlier step)"),
        seconds => format!("{text} ({})", span(seconds)),
    }
}

/// The file that a step changes. A package manager's own database says nothing.
pub fn place(step: &PlanStep) -> Option<&str> {
    let manager = step.patch.manager.as_str();
    let has_database = matches!(manager, "apt" | "dnf" | "zypper" | "apk" | "pacman");
    let path = step.patch.location.as_str();
    (!has_database && !path.is_empty()).then_some(path)
}

/// The first few of a list, and how many more there are.
pub fn listed(items: &[String], most: usize) -> String {
    let (shown, more) = items.split_at(items.len().min(most));
    match more.len() {
        0 => shown.join(", "),
        count => format!("{} and {count} more", shown.join(", ")),
    }
}

/// `openssl 3.0.1 → 3.0.2`.
pub fn upgrade(step: &PlanStep) -> String {
    let patch = &step.patch;
    format!("{} {} → {}", patch.package, patch.from, patch.to)
}

/// The package's name without what many share: of Maven's `group:artifact` the artifact, of Composer's `vendor/name` the name.
pub fn short_name(step: &PlanStep) -> &str {
    let patch = &step.patch;
    let parts = match patch.manager.as_str() {
        "maven" | "gradle" => patch.package.rsplit_once(':'),
        "composer" => patch.package.rsplit_once('/'),
        _ => None,
    };
    match parts {
        Some((_, name)) if !name.is_empty() => name,
        _ => &patch.package,
    }
}

/// What to do where no command does it.
pub fn by_hand(step: &PlanStep) -> String {
    format!("set version {} in the build file", step.patch.to)
}

/// The plan in one sentence.
pub fn headline(plan: &PlanReport) -> String {
    let summary = &plan.summary;
    if summary.findings == 0 {
        return match plan.limits.only_kev {
            true => "Nothing to patch: nothing here is known to be exploited.".to_owned(),
            false => "Nothing to patch.".to_owned(),
        };
    }
    let findings = plural(summary.findings, "finding");
    if plan.steps.is_empty() && plan.later.is_empty() {
        return format!("Nothing to patch now: no patch is known for {findings}.");
    }
    let unlimited = plan.limits
        == PlanLimits {
            only_kev: plan.limits.only_kev,
            ..PlanLimits::default()
        };
    if plan.steps.is_empty() && unlimited {
        return format!("Nothing to patch now: no patch that is known for {findings} can go in.");
    }
    if plan.steps.is_empty() {
        let patches = plural(plan.later.len() as u64, "patch");
        return match plan.limits.until_risk {
            Some(share) if share >= 1.0 => format!(
                "Nothing to patch: all of the risk may stay; {patches} would clear some of {findings}."
            ),
            _ => {
                format!("No patch fits into the limits; {patches} would clear some of {findings}.")
            }
        };
    }
    let patches = plan.steps.len() as u64;
    let clear = if patches == 1 { "clears" } else { "clear" };
    format!(
        "{} {clear} {} of {findings}; risk falls from {} to {} points ({} left).",
        plural(patches, "patch"),
        grouped(summary.cleared),
        points(summary.risk),
        points(summary.risk_left),
        percent(summary.risk_left, summary.risk),
    )
}

/// How urgent a patch is that is not in the plan: `P1, 2 exploited`.
pub fn weight(step: &PlanStep) -> String {
    let urgency = step.urgency.as_ref();
    let mut parts: Vec<String> = urgency
        .map(|urgency| priority(urgency.priority).to_owned())
        .into_iter()
        .collect();
    if step.exploited > 0 {
        parts.push(format!("{} exploited", step.exploited));
    }
    parts.join(", ")
}

/// A warning where patches of P1, or against what is exploited, are not in the plan.
pub fn warning(plan: &PlanReport) -> Option<String> {
    let urgent = plan.later.iter().filter(|step| {
        let first = step.urgency.as_ref();
        step.exploited > 0 || first.is_some_and(|urgency| urgency.priority == Priority::P1)
    });
    let names: Vec<String> = urgent
        .map(|step| format!("{} ({})", step.patch.package, weight(step)))
        .collect();
    (!names.is_empty()).then(|| format!("Left out although urgent: {}.", listed(&names, 5)))
}

/// What the plan costs.
pub fn cost(plan: &PlanReport) -> String {
    let summary = &plan.summary;
    let mut parts = vec![
        format!("{} of work", span(summary.work_seconds)),
        format!("{} of downtime", span(summary.downtime_seconds)),
    ];
    if summary.reboots > 0 {
        parts.push(plural(summary.reboots, "reboot"));
    }
    if summary.restarts > 0 {
        parts.push(format!(
            "{} of services",
            plural(summary.restarts, "restart")
        ));
    }
    format!("About {}.", parts.join(", "))
}

/// What waiting costs.
pub fn waiting(plan: &PlanReport) -> String {
    let summary = &plan.summary;
    format!(
        "Each day of waiting adds {} points; {} after the plan.",
        points(summary.price_per_day),
        points(summary.price_per_day_left),
    )
}

/// How good the choice is; nothing where nothing was left out for the limits. A plan may be only the beginning of its
/// choice: `--top` and `--until-risk` cut it.
pub fn choice(plan: &PlanReport) -> Option<String> {
    let removed = plan.summary.risk - plan.summary.risk_left;
    let is_cut = removed + 0.001 < plan.choice.removes;
    let removes = points(plan.choice.removes);
    match (plan.choice.method, is_cut) {
        (ChoiceMethod::All, _) => None,
        (ChoiceMethod::Optimal, false) => {
            Some("No other choice within the limits removes more risk.".to_owned())
        }
        (ChoiceMethod::Optimal, true) => Some(format!(
            "These come first of a choice that removes {removes} points; no other within the limits removes more."
        )),
        (ChoiceMethod::Greedy, cut) => Some(format!(
            "{} {removes} points; no choice within the limits removes more than {}.",
            match cut {
                true => "These come first of a choice that removes",
                false => "The choice removes",
            },
            points(plan.choice.bound),
        )),
    }
}

/// That `--until-risk` is not reached, and why; nothing where it is or nobody asked.
pub fn missed(plan: &PlanReport) -> Option<String> {
    let (share, summary) = (plan.limits.until_risk?, &plan.summary);
    let is_reached = summary.risk_left <= share * summary.risk;
    if is_reached || plan.steps.is_empty() {
        return None;
    }
    let why = match plan.later.is_empty() {
        true => "no patch is known for the rest",
        false => "the patches that are left out would clear more",
    };
    let (wanted, left) = (
        percent(share, 1.0),
        percent(summary.risk_left, summary.risk),
    );
    Some(format!(
        "That is not the {wanted} asked for: {left} is left, and {why}."
    ))
}

/// What there is to say of the plan as a whole below its numbers.
pub fn remarks(plan: &PlanReport) -> impl Iterator<Item = String> {
    choice(plan).into_iter().chain(missed(plan))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_two_units_and_nothing_is_zero_seconds() {
        assert_eq!(
            [span(0), span(45), span(320), span(4810)],
            ["0s", "45s", "5m 20s", "1h 20m"]
        );
    }

    #[test]
    fn a_date_of_another_finding_says_whose_it_is() {
        let urgency = patchward_protocol::plan::Urgency {
            vulnerability: "CVE-2".into(),
            due_vulnerability: "CVE-1".into(),
            due: Some(patchward_protocol::decision::Deadline {
                date: "1970-01-02".into(),
                ..Default::default()
            }),
            priority: Priority::P1,
            ..Default::default()
        };
        let mut step = PlanStep {
            urgency: Some(urgency),
            ..PlanStep::default()
        };
        let due = |step: &PlanStep| due(step, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(due(&step), "P1, due 1970-01-02 for CVE-1");
        step.exploited = 2;
        let plan = PlanReport {
            later: vec![step],
            ..PlanReport::default()
        };
        let warning = warning(&plan).unwrap();
        assert!(warning.contains("(P1, 2 exploited)"), "{warning}");
    }

    #[test]
    fn a_share_of_nothing_is_nothing() {
        assert_eq!(
            (percent(1.0, 4.0), percent(0.0, 0.0)),
            ("25 %".to_owned(), "0 %".to_owned())
        );
    }

    #[test]
    fn a_little_is_not_nothing_and_large_numbers_are_grouped() {
        let shares = [0.0, 0.0001, 0.0008, 0.0094, 0.0096].map(|share| percent(share, 1.0));
        assert_eq!(shares, ["0 %", "<0.1 %", "0.1 %", "0.9 %", "1 %"]);
        let all = [0.04, 999.96, 27_834.91].map(points);
        assert_eq!(all, ["0.0", "1,000.0", "27,834.9"]);
    }

    #[test]
    fn what_adds_no_downtime_tells_what_it_is_shared_with() {
        let step = |kind: DisruptionKind, target: &str| PlanStep {
            target: target.into(),
            disruption: patchward_protocol::plan::Disruption {
                kind,
                what: vec!["nginx".into()],
                ..Default::default()
            },
            ..PlanStep::default()
        };
        let plan = PlanReport {
            steps: vec![step(DisruptionKind::Reboot, "web")],
            ..PlanReport::default()
        };
        let said = |kind, target: &str| disruption(&step(kind, target), &plan);
        assert_eq!(
            said(DisruptionKind::Restart, "web"),
            "restarts nginx (in the reboot)"
        );
        let shared = "restarts nginx (once, with an earlier step)";
        assert_eq!(said(DisruptionKind::Restart, "other"), shared);
        let reboots = "reboots (once, with an earlier step)";
        assert_eq!(said(DisruptionKind::Reboot, "web"), reboots);
    }

    #[test]
    fn a_plan_that_is_cut_is_not_called_the_best_and_a_share_that_is_not_reached_is_told() {
        let mut plan = PlanReport {
            steps: vec![PlanStep::default()],
            ..PlanReport::default()
        };
        (plan.summary.risk, plan.summary.risk_left) = (100.0, 60.0);
        plan.choice.method = ChoiceMethod::Optimal;
        plan.choice.removes = 40.0;
        assert!(choice(&plan).unwrap().starts_with("No other choice"));
        plan.choice.removes = 90.0;
        let text = choice(&plan).unwrap();
        assert!(text.starts_with("These come first of a choice that removes 90.0"));
        assert_eq!(missed(&plan), None);
        plan.limits.until_risk = Some(0.2);
        let text = missed(&plan).unwrap();
        let expected = "That is not the 20 % asked for: 60 % is left, and no patch is known";
        assert!(text.starts_with(expected), "{text}");
        plan.limits.until_risk = Some(0.6);
        assert_eq!(missed(&plan), None);
    }
}
