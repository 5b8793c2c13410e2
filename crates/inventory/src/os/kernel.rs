//! The kernels of a root: installed, running, next to boot.
//!
//! A patched kernel package protects nobody until the machine has booted it, and an old image that nothing boots
//! endangers nobody. Images are found by the package that owns them, by `boot/vmlinuz-RELEASE`, and by
//! `lib/modules/RELEASE`; the next one to boot as the boot loader's own configuration says.

mod next;
mod package;

use std::collections::BTreeMap;
use std::path::Path;

use patchward_protocol::inventory::{Component, Kernel};
use patchward_version::Scheme;

use crate::root::{Entry, Kind, Root};

/// The kernels of a root, newest first. `running` is what `uname -r` says, for the live host only.
pub fn find(root: &Root, packages: &[Component], running: Option<&str>) -> Vec<Kernel> {
    let mut kernels: BTreeMap<String, Kernel> = BTreeMap::new();
    for release in images(root).into_iter().chain(modules(root)) {
        kernels.entry(release).or_default();
    }
    let found: Vec<String> = kernels.keys().cloned().collect();
    for component in packages {
        if let Some(release) = package::release_of(component, &found) {
            let kernel = kernels.entry(release).or_default();
            // Of the packages for one release (image, modules) the first that holds the image counts.
            kernel.package.get_or_insert_with(|| component.name.clone());
            kernel
                .version
                .get_or_insert_with(|| component.version.clone());
        }
    }
    if let Some(running) = running.filter(|running| !running.is_empty()) {
        kernels.entry(running.to_owned()).or_default().running = true;
    }
    let mut kernels: Vec<Kernel> = kernels
        .into_iter()
        .map(|(release, kernel)| Kernel { release, ..kernel })
        .collect();
    kernels.sort_by(|a, b| newer(&b.release, &a.release));
    let bootable = images(root);
    if let Some(next) = next::release(root, &kernels, &bootable)
        && let Some(kernel) = kernels.iter_mut().find(|kernel| kernel.release == next)
    {
        kernel.next = true;
    }
    kernels
}

/// What `uname -r` says on the live host.
pub fn running(host: &Root) -> Option<String> {
    let bytes = host.read("proc/sys/kernel/osrelease", 4096).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim().to_owned())
}

/// Releases that have an image in `boot`, or a link to one (`lib/modules/RELEASE/vmlinuz`).
fn images(root: &Root) -> Vec<String> {
    let entries = root.read_dir("boot").unwrap_or_default();
    let is_image = |entry: &&Entry| match entry.kind {
        Kind::Link => root.exists(Path::new("boot").join(&entry.name)),
        kind => kind == Kind::File,
    };
    let files = entries.iter().filter(is_image);
    let names = files.filter_map(|entry| entry.name.to_str());
    names.filter_map(image_release).map(str::to_owned).collect()
}

/// `vmlinuz-6.1.0-18-amd64`; rescue images are copies that nobody updates.
fn image_release(name: &str) -> Option<&str> {
    let starts = ["vmlinuz-", "vmlinux-", "Image-", "kernel-"];
    let release = starts.iter().find_map(|start| name.strip_prefix(start))?;
    let is_release = release.starts_with(|c: char| c.is_ascii_digit());
    (is_release && !release.contains("rescue") && !release.ends_with(".old")).then_some(release)
}

/// Releases with modules; a folder that is left behind after a removal has no list of them.
fn modules(root: &Root) -> Vec<String> {
    let entries = root.read_dir("lib/modules").unwrap_or_default();
    let names = entries.iter().filter_map(|entry| entry.name.to_str());
    let is_whole = |name: &&str| {
        ["modules.order", "vmlinuz", "modules.builtin"]
            .iter()
            .any(|file| root.exists(format!("lib/modules/{name}/{file}")))
    };
    names.filter(is_whole).map(str::to_owned).collect()
}

/// Order of releases: dpkg's comparison reads runs of digits as numbers, as boot loaders do (`sort -V`).
fn newer(a: &str, b: &str) -> std::cmp::Ordering {
    let key = |text: &str| Scheme::Debian.key(&text.replace('_', "-")).ok();
    key(a).cmp(&key(b)).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests;
