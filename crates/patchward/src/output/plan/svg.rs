//! The burn-down as SVG: steps down from all risk to what is left, one per patch, with the restarts and reboots marked.
//!
//! Without scripts, styles from outside or fonts of its own, so that it can stand in any page; a title and a description
//! tell the same to who cannot see it, and every step has a title with its numbers.

use std::fmt::Write as _;
use std::io::{self, Write};

use patchward_protocol::plan::{DisruptionKind, PlanReport, PlanStep};

use super::words;
use crate::output::table::{grouped, plural};
use crate::output::xml::escape;

const WIDTH: f64 = 800.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 40.0;
/// Height of the curve's room.
const ROOM: f64 = 256.0;
/// Height below it for names, and for one line of text.
const NAMES: f64 = 84.0;
const LINE: f64 = 36.0;

/// Names are written below so many steps; more would not be readable.
const MOST_NAMES: usize = 24;

/// Steps that are drawn one by one; a longer plan is drawn in so many pieces.
const MOST_STEPS: usize = 1000;

/// Writes the picture.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(plan: &PlanReport, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    out.write_all(picture(plan).as_bytes())
}

/// The `svg` element, for a file or inside a page.
pub fn picture(plan: &PlanReport) -> String {
    let mut svg = String::new();
    let height = TOP
        + ROOM
        + match has_names(plan) {
            true => NAMES,
            false => LINE,
        };
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"burn-down-title burn-down-text\" font-family=\"system-ui, sans-serif\" font-size=\"12\" color=\"#333\">\n\
         <title id=\"burn-down-title\">Risk burn-down</title>\n\
         <desc id=\"burn-down-text\">{}</desc>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"22\" font-size=\"15\" font-weight=\"600\" fill=\"#222\">Risk that is left after each patch</text>",
        escape(&words::headline(plan)),
    );
    let _ = axes(plan, &mut svg);
    let _ = legend(plan, &mut svg);
    if plan.steps.is_empty() || plan.summary.risk <= 0.0 {
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"#555\">{}</text>",
            WIDTH / 2.0,
            TOP + ROOM / 2.0,
            escape(&words::headline(plan)),
        );
    } else {
        let _ = steps(plan, &mut svg);
    }
    svg.push_str("</svg>\n");
    svg
}

const REBOOT: &str = "#8b0a1a";
const RESTART: &str = "#9a6200";

/// What the marks mean, where there are any.
fn legend(plan: &PlanReport, svg: &mut String) -> std::fmt::Result {
    let mut x = WIDTH - RIGHT - 240.0;
    for (colour, words) in [(RESTART, "restart or deployment"), (REBOOT, "reboot")] {
        if plan
            .steps
            .iter()
            .any(|step| colour_of(step) == Some(colour))
        {
            writeln!(
                svg,
                "<circle cx=\"{x:.1}\" cy=\"18\" r=\"4\" fill=\"{colour}\"/><text x=\"{:.1}\" y=\"22\" fill=\"#333\">{words}</text>",
                x + 9.0,
            )?;
        }
        x += 160.0;
    }
    Ok(())
}

/// The mark of a step that takes something down, as long as an earlier one did not do so already.
fn colour_of(step: &PlanStep) -> Option<&'static str> {
    let colour = match step.disruption.kind {
        DisruptionKind::Reboot => REBOOT,
        DisruptionKind::Restart | DisruptionKind::Users | DisruptionKind::Redeploy => RESTART,
        DisruptionKind::None => return None,
    };
    (step.disruption.downtime_seconds > 0).then_some(colour)
}

fn y(share: f64) -> f64 {
    TOP + ROOM * (1.0 - share.clamp(0.0, 1.0))
}

/// A name stands below each step.
fn has_names(plan: &PlanReport) -> bool {
    (1..=MOST_NAMES).contains(&plan.steps.len())
}

fn axes(plan: &PlanReport, svg: &mut String) -> std::fmt::Result {
    let apart = between_lines(plan.summary.risk);
    let mut risk = 0.0;
    while risk <= plan.summary.risk {
        let share = match plan.summary.risk > 0.0 {
            true => risk / plan.summary.risk,
            false => 0.0,
        };
        writeln!(
            svg,
            "<line x1=\"{LEFT}\" y1=\"{0:.1}\" x2=\"{1:.1}\" y2=\"{0:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{2:.1}\" y=\"{3:.1}\" text-anchor=\"end\" fill=\"#555\">{4}</text>",
            y(share),
            WIDTH - RIGHT,
            LEFT - 8.0,
            y(share) + 4.0,
            match apart.fract() == 0.0 {
                true => grouped(risk as u64),
                false => words::points(risk),
            },
        )?;
        risk += apart;
    }
    let open = match plan.summary.risk > 0.0 {
        true => plan.summary.risk_unpatched / plan.summary.risk,
        false => 0.0,
    };
    if open > 0.0 {
        // The curve comes down to this line from the left: below it there is room, and where it is low, above its beginning.
        let low = y(0.0) - y(open) < 20.0;
        let (x, anchor, below) = match low {
            true => (LEFT + 6.0, "start", -5.0),
            false => (WIDTH - RIGHT - 6.0, "end", 15.0),
        };
        writeln!(
            svg,
            "<line x1=\"{LEFT}\" y1=\"{0:.1}\" x2=\"{1:.1}\" y2=\"{0:.1}\" stroke=\"#8b0a1a\" stroke-dasharray=\"4 4\"/>\
             <text x=\"{x:.1}\" y=\"{2:.1}\" text-anchor=\"{anchor}\" fill=\"#8b0a1a\">no patch yet: {3} points</text>",
            y(open),
            WIDTH - RIGHT,
            y(open) + below,
            words::points(plan.summary.risk_unpatched),
        )?;
    }
    Ok(())
}

/// Points between two lines: 1, 2 or 5 times a power of ten, so that there are three to six lines above the ground.
fn between_lines(risk: f64) -> f64 {
    if risk <= 0.0 || !risk.is_finite() {
        return 1.0;
    }
    let least = risk / 6.0;
    let power = 10.0_f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    steps
        .into_iter()
        .find(|step| *step >= least)
        .unwrap_or(risk)
}

fn steps(plan: &PlanReport, svg: &mut String) -> std::fmt::Result {
    let stride = plan.steps.len().div_ceil(MOST_STEPS);
    let shown: Vec<&PlanStep> = plan
        .steps
        .iter()
        .enumerate()
        .filter(|(at, _)| (at + 1) % stride == 0 || at + 1 == plan.steps.len())
        .map(|(_, step)| step)
        .collect();
    let each = (WIDTH - LEFT - RIGHT) / (shown.len() + 1) as f64;
    let mut path = format!("M{LEFT:.1} {:.1}H{:.1}", y(1.0), LEFT + each);
    for (at, step) in shown.iter().enumerate() {
        let end = LEFT + each * (at + 2) as f64;
        write!(
            path,
            "V{:.1}H{end:.1}",
            y(step.risk_left / plan.summary.risk)
        )?;
    }
    let right = WIDTH - RIGHT;
    writeln!(
        svg,
        "<path d=\"{path}V{0:.1}H{LEFT:.1}Z\" fill=\"#2a6f97\" fill-opacity=\"0.18\"/>\n\
         <path d=\"{path}\" fill=\"none\" stroke=\"#2a6f97\" stroke-width=\"2\"/>",
        y(0.0),
    )?;
    for (at, step) in shown.iter().enumerate() {
        let x = LEFT + each * (at + 1) as f64;
        mark(step, plan, (x, each), svg)?;
    }
    if !has_names(plan) {
        writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#555\">{} in their order</text>",
            f64::midpoint(LEFT, right),
            y(0.0) + 22.0,
            plural(plan.steps.len() as u64, "patch"),
        )?;
    }
    writeln!(
        svg,
        "<line x1=\"{LEFT}\" y1=\"{0:.1}\" x2=\"{right:.1}\" y2=\"{0:.1}\" stroke=\"#888\"/>",
        y(0.0)
    )
}

/// A step's place for a pointer, its mark and its name.
fn mark(
    step: &PlanStep,
    plan: &PlanReport,
    (x, each): (f64, f64),
    svg: &mut String,
) -> std::fmt::Result {
    let level = y(step.risk_left / plan.summary.risk);
    let title = format!(
        "{}. {}: removes {} points, {} left; {}",
        step.number,
        words::upgrade(step),
        words::points(step.risk_removed),
        words::percent(step.risk_left, plan.summary.risk),
        words::disruption(step, plan),
    );
    writeln!(
        svg,
        "<g><title>{}</title><rect x=\"{x:.1}\" y=\"{TOP}\" width=\"{each:.1}\" height=\"{:.1}\" fill=\"#fff\" fill-opacity=\"0\"/>",
        escape(&title),
        y(0.0) - TOP,
    )?;
    if let Some(colour) = colour_of(step) {
        writeln!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{level:.1}\" r=\"4\" fill=\"{colour}\"/>"
        )?;
    }
    if has_names(plan) {
        let name = label(words::short_name(step));
        let at = (x + each / 2.0, y(0.0) + 14.0);
        writeln!(
            svg,
            "<text x=\"{0:.1}\" y=\"{1:.1}\" text-anchor=\"end\" font-size=\"10\" fill=\"#333\" transform=\"rotate(-40 {0:.1} {1:.1})\">{2}</text>",
            at.0,
            at.1,
            escape(&name),
        )?;
    }
    writeln!(svg, "</g>")
}

/// A name that fits under its step.
fn label(name: &str) -> String {
    const MOST: usize = 16;
    match name.chars().count() {
        0..=MOST => name.to_owned(),
        _ => name.chars().take(MOST - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::between_lines;

    #[test]
    fn lines_stand_at_round_numbers() {
        let lines = |risk: f64| (between_lines(risk), (risk / between_lines(risk)) as u32);
        assert_eq!(lines(2933.2), (500.0, 5));
        assert_eq!(lines(100.0), (20.0, 5));
        assert_eq!(lines(6.0), (1.0, 6));
        assert_eq!(between_lines(0.0), 1.0);
    }
}
