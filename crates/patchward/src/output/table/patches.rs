//! The list of patches: what to do, best first.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style as Ansi};
use patchward_core::patches::breach;
use patchward_protocol::report::{Patch, TargetReport};

use super::{Style, clean, painted_level, plural};

/// An offered update names this many of the vulnerabilities that it fixes.
const IDS: usize = 4;

/// Writes the patches of a target.
pub fn write(target: &TargetReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    write_resolving(target, style, out)?;
    write_pending(target, style, out)
}

fn write_resolving(target: &TargetReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if target.patches.is_empty() {
        return Ok(());
    }
    let resolved: usize = target
        .patches
        .iter()
        .map(|patch| patch.resolves.len())
        .sum();
    let counted = target
        .findings
        .iter()
        .filter(|finding| finding.suppressed.is_none())
        .count();
    let patches = plural(target.patches.len() as u64, "patch");
    let title = format!(
        "{patches} to resolve {resolved} of {}:",
        plural(counted as u64, "finding")
    );
    writeln!(out, "{}", style.paint(Ansi::new().bold(), &title))?;
    let shown = style.top.unwrap_or(usize::MAX).min(target.patches.len());
    for (number, patch) in target.patches.iter().take(shown).enumerate() {
        write_patch(number + 1, patch, style, out)?;
    }
    if shown < target.patches.len() {
        writeln!(
            out,
            "  … {} more (`patchward scan` shows all)",
            target.patches.len() - shown
        )?;
    }
    writeln!(out)
}

fn write_patch(number: usize, patch: &Patch, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let major = match patch.major {
        true => {
            let breach = format!(", {}", breach(&patch.from, &patch.to));
            style.paint(AnsiColor::Yellow.on_default(), &breach)
        }
        false => String::new(),
    };
    let upgrade = format!(
        "{} {} → {}",
        clean(&patch.package),
        clean(&patch.from),
        clean(&patch.to)
    );
    let upgrade = style.paint(Ansi::new().bold(), &upgrade);
    let findings = plural(patch.resolves.len() as u64, "finding");
    let worst = painted_level(style, patch.severity);
    let place = match patch.location.as_str() {
        "" => String::new(),
        path => format!(" in {}", clean(path)),
    };
    writeln!(
        out,
        "  {number:>3}. {upgrade}{place}: {findings}, worst {worst}{major}"
    )?;
    match patch.command.as_str() {
        "" => writeln!(
            out,
            "       set version {} in the build file",
            clean(&patch.to)
        ),
        command => writeln!(
            out,
            "       {}",
            style.paint(AnsiColor::Cyan.on_default(), &clean(command))
        ),
    }
}

/// Security updates that the package manager offers and that no finding asks for: its own word is enough.
fn write_pending(target: &TargetReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let resolving = |package: &str| {
        let mut patches = target.patches.iter().filter(|patch| patch.pending);
        patches.any(|patch| patch.command.split([' ', '=']).any(|word| word == package))
    };
    let pending: Vec<_> = target
        .pending
        .iter()
        .filter(|offer| offer.security && !resolving(&offer.package))
        .collect();
    if pending.is_empty() {
        return Ok(());
    }
    let title = format!(
        "{} offered by the package manager:",
        plural(pending.len() as u64, "security update")
    );
    writeln!(out, "{}", style.paint(Ansi::new().bold(), &title))?;
    let shown = style.top.unwrap_or(usize::MAX).min(pending.len());
    for offer in pending.iter().take(shown) {
        let held = if offer.held { ", held" } else { "" };
        let phased = if offer.phased {
            ", phased: not this machine's turn yet"
        } else {
            ""
        };
        let named = offer
            .cves
            .iter()
            .take(IDS)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ");
        let cves = match offer.cves.len() {
            0 => String::new(),
            count if count <= IDS => format!(": fixes {named}"),
            count => format!(": fixes {named} +{}", count - IDS),
        };
        let line = format!(
            "{} {} → {}{cves}",
            offer.package, offer.installed, offer.candidate
        );
        writeln!(out, "       {}{held}{phased}", clean(&line))?;
    }
    if shown < pending.len() {
        writeln!(
            out,
            "       … {} more (`patchward scan --pending` shows all)",
            pending.len() - shown
        )?;
    }
    writeln!(out)
}
