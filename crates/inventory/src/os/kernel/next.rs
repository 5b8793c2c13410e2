//! Which kernel boots next, as the boot loader's configuration says.

use patchward_protocol::inventory::Kernel;

use crate::os::text;
use crate::root::Root;

const MAX_FILE: u64 = 4 << 20;

/// The release that the next boot takes: GRUB's saved entry, what `GRUB_DEFAULT` names, the link that Debian keeps for
/// other loaders, or the newest image.
/// `kernels` are newest first, `bootable` have an image.
pub fn release(root: &Root, kernels: &[Kernel], bootable: &[String]) -> Option<String> {
    let known = |release: &str| kernels.iter().any(|kernel| kernel.release == release);
    if let Some(release) = saved_entry(root, kernels).filter(|release| known(release)) {
        return Some(release);
    }
    let has_grub = ["boot/grub/grub.cfg", "boot/grub2/grub.cfg"]
        .iter()
        .any(|path| root.exists(path));
    if has_grub && let Some(release) = named_default(root, kernels) {
        return Some(release);
    }
    if !has_grub && let Some(release) = link(root).filter(|release| known(release)) {
        return Some(release);
    }
    let newest = kernels
        .iter()
        .find(|kernel| bootable.contains(&kernel.release));
    newest.map(|kernel| kernel.release.clone())
}

fn read(root: &Root, path: &str) -> Option<String> {
    let bytes = root.read(path, MAX_FILE).ok()?;
    Some(text::lossy(&bytes).into_owned())
}

/// `next_entry` (once) or `saved_entry` of the environment block: the name of a file of `boot/loader/entries` (Boot
/// Loader Specification, Red Hat 8 and later), or an entry of the menu, which Debian's GRUB takes where
/// `GRUB_DEFAULT=saved`.
fn saved_entry(root: &Root, kernels: &[Kernel]) -> Option<String> {
    let environment = ["boot/grub2/grubenv", "boot/grub/grubenv"];
    let environment = environment.iter().find_map(|path| read(root, path))?;
    let value = |key: &str| {
        let mut lines = environment.lines();
        lines
            .find_map(|line| line.strip_prefix(key))
            .filter(|value| !value.is_empty())
    };
    let once = value("next_entry=");
    let entry = once.or_else(|| value("saved_entry="))?;
    // A name of a file is a name, never a path.
    let file = format!("boot/loader/entries/{entry}.conf");
    if !entry.contains('/')
        && let Some(file) = read(root, &file)
    {
        let version = file.lines().find_map(|line| line.strip_prefix("version"))?;
        return Some(version.trim().to_owned());
    }
    let counts = once.is_some() || grub_default(root).is_some_and(|value| value == "saved");
    counts.then(|| meant(entry, kernels)).flatten()
}

/// `GRUB_DEFAULT="Advanced options…>Debian GNU/Linux, with Linux 6.1.0-18-amd64"`; a number counts menu entries, of
/// which 0 is the newest, and others cannot be told without running GRUB's scripts.
fn named_default(root: &Root, kernels: &[Kernel]) -> Option<String> {
    meant(&grub_default(root)?, kernels)
}

fn grub_default(root: &Root) -> Option<String> {
    let defaults = read(root, "etc/default/grub")?;
    let lines = defaults.lines().map(str::trim);
    let value = lines
        .filter_map(|line| line.strip_prefix("GRUB_DEFAULT="))
        .next_back()?;
    Some(value.trim_matches(['"', '\'']).to_owned())
}

/// The kernel of a menu entry, by its title, which ends with the release, or by its id
/// (`gnulinux-advanced-UUID>gnulinux-6.1.0-18-amd64-advanced-UUID`).
fn meant(entry: &str, kernels: &[Kernel]) -> Option<String> {
    let is_meant = |kernel: &&Kernel| {
        entry.ends_with(&kernel.release)
            || entry.contains(&format!(">gnulinux-{}-", kernel.release))
    };
    let mut named = kernels.iter().filter(is_meant);
    // `…-amd64` may be the end of a longer release as well: the longest is meant.
    let first = named.next()?;
    let longest = named.fold(first, |best, kernel| {
        if kernel.release.len() > best.release.len() {
            kernel
        } else {
            best
        }
    });
    Some(longest.release.clone())
}

/// `/vmlinuz` or `/boot/vmlinuz`, a link to the image.
fn link(root: &Root) -> Option<String> {
    let target = ["vmlinuz", "boot/vmlinuz"]
        .iter()
        .find_map(|path| root.read_link(path).ok())?;
    let name = target.file_name()?.to_str()?;
    super::image_release(name).map(str::to_owned)
}
