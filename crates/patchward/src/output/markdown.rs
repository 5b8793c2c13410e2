//! Markdown, for comments on pull requests and for wikis.

use std::io::{self, Write};

use patchward_protocol::report::{Finding, Patch, ScanReport, TargetReport};

use super::clean::clean;
use super::facts;
use super::table::{grouped, plural};

/// Writes a summary, and per target the patches and the findings.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &ScanReport, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# Vulnerability scan\n")?;
    let summary = &report.summary;
    writeln!(
        out,
        "{} in {}; {} fixable, {} known to be exploited, {} suppressed.\n",
        plural(summary.findings, "finding"),
        plural(summary.components, "component"),
        grouped(summary.fixable),
        grouped(summary.kev),
        grouped(summary.suppressed),
    )?;
    for target in &report.targets {
        write_target(target, out)?;
    }
    Ok(())
}

fn write_target(target: &TargetReport, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## {}\n", text(&target.asset.name))?;
    if let Some(ended) = facts::end_of_life(target) {
        writeln!(out, "{}\n", text(&ended))?;
    }
    if !target.patches.is_empty() {
        writeln!(
            out,
            "| Upgrade | From | To | Resolves |\n| --- | --- | --- | --- |"
        )?;
        for patch in &target.patches {
            write_patch(patch, out)?;
        }
        writeln!(out)?;
    }
    let mut counted = target
        .findings
        .iter()
        .filter(|finding| finding.suppressed.is_none())
        .peekable();
    if counted.peek().is_none() {
        writeln!(out, "{}\n", facts::nothing_found(target))?;
    } else {
        writeln!(
            out,
            "| Severity | Vulnerability | Package | Fixed in | Where |\n| --- | --- | --- | --- | --- |"
        )?;
        for finding in counted {
            write_finding(target, finding, out)?;
        }
        writeln!(out)?;
    }
    write_offers(target, out)?;
    for problem in &target.problems {
        writeln!(
            out,
            "- **Incomplete**: {}: {}",
            text(&problem.location.path),
            text(&problem.message)
        )?;
    }
    if !target.problems.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

/// The security updates that the package manager offers.
fn write_offers(target: &TargetReport, out: &mut dyn Write) -> io::Result<()> {
    let mut offers = facts::security_updates(target).peekable();
    if offers.peek().is_none() {
        return Ok(());
    }
    writeln!(
        out,
        "| Security update offered | From | To | Fixes |\n| --- | --- | --- | --- |"
    )?;
    for offer in offers {
        let cells = [&offer.package, &offer.installed, &offer.candidate];
        let cells: Vec<String> = cells.into_iter().map(|cell| text(cell)).collect();
        writeln!(
            out,
            "| {} | {} |",
            cells.join(" | "),
            text(&offer.cves.join(", "))
        )?;
    }
    writeln!(out)
}

fn write_patch(patch: &Patch, out: &mut dyn Write) -> io::Result<()> {
    let (shown, more) = patch
        .vulnerabilities
        .split_at(patch.vulnerabilities.len().min(5));
    let more = if more.is_empty() {
        String::new()
    } else {
        format!(" and {} more", more.len())
    };
    writeln!(
        out,
        "| {} | {} | {} | {}{more} |",
        text(&patch.package),
        text(&patch.from),
        text(&patch.to),
        text(&shown.join(", ")),
    )
}

fn write_finding(target: &TargetReport, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let (path, line) = facts::place(target, &finding.component);
    let id = match facts::links(finding).next() {
        Some(link) => format!("[{}](<{link}>)", text(&finding.vulnerability)),
        None => text(&finding.vulnerability),
    };
    let known = if finding.signals.kev.is_empty() {
        ""
    } else {
        " **known exploited**"
    };
    writeln!(
        out,
        "| {} | {id}{known} | {} {} | {} | {}{} |",
        facts::level(finding.severity.level),
        text(&finding.component.name),
        text(&finding.component.version),
        facts::fix(finding).map_or_else(|| facts::status(finding.status).to_owned(), text),
        text(path),
        line.map(|line| format!(":{line}")).unwrap_or_default(),
    )
}

/// Text that is neither markup nor a mention of somebody.
pub fn text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            // An at sign would tell a person or team of the code host.
            '@' => safe.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '!' | '|' | '~' => {
                safe.push('\\');
                safe.push(c);
            }
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_names_is_shown_as_it_is() {
        assert_eq!(
            text("a|b<script>[x](y)@team"),
            r"a\|b&lt;script&gt;\[x\]\(y\)&#64;team"
        );
        assert_eq!(text("a\nb"), r"a\\u\{a\}b");
    }
}
