//! Which kernel boots next, as the boot loader's configuration says.

use patchward_protocol::inventory::Kernel;

use crate::os::text;
use crate::root::Root;

const MAX_FILE: u64 = 4 << 20;

/// The release that the next boot takes: GRUB's saved entry where the entries are files (Boot Loader Specification, Red
/// Hat 8 and later), what `GRUB_DEFAULT` names, the link that Debian keeps for other loaders, or the newest image.
/// `kernels` are newest first, `bootable` have an image.
pub fn release(root: &Root, kernels: &[Kernel], bootable: &[String]) -> Option<String> {
    let known = |release: &str| kernels.iter().any(|kernel| kernel.release == release);
    if let Some(release) = saved_entry(root).filter(|release| known(release)) {
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

/// `next_entry` (once) or `saved_entry` of the environment block names a file of `boot/loader/entries`.
fn saved_entry(root: &Root) -> Option<String> {
    let environment = ["boot/grub2/grubenv", "boot/grub/grubenv"];
    let environment = environment.iter().find_map(|path| read(root, path))?;
    let value = |key: &str| {
        let mut lines = environment.lines();
        lines
            .find_map(|line| line.strip_prefix(key))
            .filter(|value| !value.is_empty())
    };
    let entry = value("next_entry=").or_else(|| value("saved_entry="))?;
    // The value is a name, never a path.
    if entry.contains('/') {
        return None;
    }
    let entry = read(root, &format!("boot/loader/entries/{entry}.conf"))?;
    let version = entry
        .lines()
        .find_map(|line| line.strip_prefix("version"))?;
    Some(version.trim().to_owned())
}

/// `GRUB_DEFAULT="Advanced options…>Debian GNU/Linux, with Linux 6.1.0-18-amd64"`; a number counts menu entries, of
/// which 0 is the newest, and others cannot be told without running GRUB's scripts.
fn named_default(root: &Root, kernels: &[Kernel]) -> Option<String> {
    let defaults = read(root, "etc/default/grub")?;
    let lines = defaults.lines().map(str::trim);
    let value = lines
        .filter_map(|line| line.strip_prefix("GRUB_DEFAULT="))
        .next_back()?;
    let value = value.trim_matches(['"', '\'']);
    let mut named = kernels
        .iter()
        .filter(|kernel| value.ends_with(&kernel.release));
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
