//! Coordinates that a manifest or a path tells: a handful of ways in which real jars state who they are.
//!
//! None of them is certain. Maven's bundle plugin makes the symbolic name of group and artifact, and leaves out a part
//! that both have (`io.netty` and `netty-common` are `io.netty.common`); Gradle's information plugin writes
//! `group#artifact;version` as the title; most others write the artifact or a sentence.

use super::identity::Coordinates;
use super::{known, manifest::Manifest};

/// The names that the manifest may mean by itself, the likeliest first.
pub(super) fn artifacts(manifest: &Manifest) -> Vec<String> {
    let mut names = Vec::new();
    let symbolic = symbolic(manifest);
    if let (Some(vendor), Some(symbolic)) = (vendor(manifest), symbolic)
        && let Some(rest) = symbolic
            .strip_prefix(vendor)
            .and_then(|r| r.strip_prefix('.'))
    {
        let last = vendor.rsplit('.').next().unwrap_or(vendor);
        if !rest.contains('-') {
            names.push(format!("{last}-{}", rest.replace('.', "-")));
        }
        names.push(rest.to_owned());
    }
    if let Some((_, artifact)) = stated(manifest) {
        names.push(artifact.to_owned());
    }
    let title = manifest.first(&["implementation-title", "bundle-name"]);
    names.extend(title.filter(|title| is_artifact(title)).map(str::to_owned));
    if let Some(symbolic) = symbolic {
        let last = symbolic.rsplit('.').next().unwrap_or(symbolic);
        names.push(last.to_owned());
        // `spring.core` and `slf4j.api` are modules of artifacts with a dash.
        names.push(symbolic.replace('.', "-"));
    }
    names.retain(|name| is_artifact(name));
    names
}

/// The group of an artifact: what the manifest states in full, what is known of the name, the vendor's id, or the
/// symbolic name without the artifact.
pub(super) fn group(manifest: &Manifest, artifact: &str) -> Option<(String, &'static str)> {
    if let Some((group, name)) = stated(manifest)
        && name == artifact
    {
        return Some((group.to_owned(), "manifest"));
    }
    if let Some(group) = known::group(artifact) {
        return Some((group.to_owned(), "file name"));
    }
    if let Some(vendor) = vendor(manifest) {
        return Some((vendor.to_owned(), "manifest"));
    }
    let symbolic = symbolic(manifest)?;
    let group = match symbolic.strip_suffix(artifact) {
        Some(group) => group.trim_end_matches('.'),
        None => shared_part(symbolic, artifact).or_else(|| Some(symbolic.rsplit_once('.')?.0))?,
    };
    is_group(group).then(|| (group.to_owned(), "manifest"))
}

/// `io.netty` of `io.netty.common` and `netty-common`.
fn shared_part<'a>(symbolic: &'a str, artifact: &str) -> Option<&'a str> {
    let mut ends = symbolic.match_indices('.').map(|(at, _)| at);
    ends.find_map(|at| {
        let (group, rest) = (symbolic.get(..at)?, symbolic.get(at + 1..)?);
        let last = group.rsplit('.').next()?;
        let rest = rest.replace('.', "-");
        let after = artifact.strip_prefix(last)?;
        (after.trim_start_matches('-') == rest).then_some(group)
    })
}

/// `group:artifact` or `group#artifact;version` as the title.
fn stated(manifest: &Manifest) -> Option<(&str, &str)> {
    let title = manifest.first(&["implementation-title"])?;
    let (group, rest) = title.split_once(['#', ':'])?;
    let artifact = rest.split([';', ':']).next().unwrap_or(rest);
    (is_group(group) && is_artifact(artifact)).then_some((group, artifact))
}

fn vendor(manifest: &Manifest) -> Option<&str> {
    let vendor = manifest.first(&["implementation-vendor-id"])?;
    is_group(vendor).then_some(vendor)
}

fn symbolic(manifest: &Manifest) -> Option<&str> {
    let name = manifest.first(&["bundle-symbolicname", "automatic-module-name"])?;
    let name = name.split(';').next().unwrap_or_default().trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    (!name.is_empty() && name.chars().all(plain)).then_some(name)
}

/// The place in a repository of Maven (`repository/org/example/a/1.0/a-1.0.jar`) or in Gradle's cache
/// (`files-2.1/org.example/a/1.0/HASH/a-1.0.jar`): the tool that put the file there knew what it is.
pub(super) fn in_repository(place: &str) -> Option<Coordinates> {
    let parts: Vec<&str> = place.split('/').collect();
    let coordinates = match parts.as_slice() {
        [.., "files-2.1", group, artifact, version, _, file] => {
            Coordinates::of(group, artifact, version).filter(|found| found.is_named(file))
        }
        [before @ .., artifact, version, file] => {
            let top = ["repository", "maven2", "maven-repo"];
            let at = before.iter().rposition(|part| top.contains(part))?;
            let group = before.get(at + 1..)?.join(".");
            Coordinates::of(&group, artifact, version).filter(|found| found.is_named(file))
        }
        _ => None,
    };
    coordinates.filter(|found| !place.contains("!/") && !found.group.is_empty())
}

/// A reversed domain, as groups are.
fn is_group(text: &str) -> bool {
    let of_group = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-' || c == '_';
    text.contains('.') && text.chars().all(of_group) && !text.starts_with('.')
}

/// The file name without what ends it: no sentence, and not only a number.
fn is_artifact(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    text.chars().all(plain) && text.starts_with(|c: char| c.is_ascii_alphabetic())
}
