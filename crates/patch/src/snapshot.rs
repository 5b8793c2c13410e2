//! File-system snapshots: the quickest way back, where the root lies on a file system that has them.
//!
//! Detection is tested on recorded mount tables; making and going back were **not run** (no such file system where our
//! tests run). Going back to a snapshot of a running root takes a reboot, and takes everything on it back, data too.

use crate::PatchError;
use crate::machine::{Command, Machine};

/// A way to make a snapshot of the root file system.
pub trait Snapshot {
    /// What it is: `btrfs`, `LVM thin`, `ZFS`.
    fn kind(&self) -> &'static str;
    /// The command that makes a snapshot of this name.
    fn create(&self, name: &str) -> Command;
    /// The commands that go back to it, in order.
    fn roll_back(&self, name: &str) -> Vec<Command>;
    /// The command that throws it away.
    fn discard(&self, name: &str) -> Command;
    /// What a person should know before going back.
    fn caution(&self) -> &'static str;
}

/// A btrfs subvolume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Btrfs {
    /// The device, to mount its top level.
    pub device: String,
    /// The subvolume that is the root, such as `/@`.
    pub subvolume: String,
}

/// A thin logical volume of LVM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LvmThin {
    /// `group/volume`.
    pub volume: String,
}

/// A dataset of ZFS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zfs {
    /// `pool/path`.
    pub dataset: String,
}

/// A name that is safe as part of a volume's name.
fn tame(name: &str) -> String {
    let safe = |char: char| char.is_ascii_alphanumeric() || "._-".contains(char);
    let name: String = name
        .chars()
        .map(|char| if safe(char) { char } else { '-' })
        .collect();
    format!("patchward-{}", name.trim_start_matches(['-', '.']))
}

impl Snapshot for Btrfs {
    fn kind(&self) -> &'static str {
        "btrfs"
    }

    fn create(&self, name: &str) -> Command {
        Command::new(["btrfs", "subvolume", "snapshot", "-r", "/"])
            .args([format!("/.{}", tame(name))])
    }

    fn roll_back(&self, name: &str) -> Vec<Command> {
        vec![
            Command::new(["btrfs", "subvolume", "snapshot"]).args([
                format!("/.{}", tame(name)),
                format!("/.{}-back", tame(name)),
            ]),
            Command::new(["btrfs", "subvolume", "set-default"])
                .args([format!("/.{}-back", tame(name))]),
        ]
    }

    fn discard(&self, name: &str) -> Command {
        Command::new(["btrfs", "subvolume", "delete"]).args([format!("/.{}", tame(name))])
    }

    fn caution(&self) -> &'static str {
        "the old state is the default at the next boot, unless the boot loader or fstab names the subvolume"
    }
}

impl Snapshot for LvmThin {
    fn kind(&self) -> &'static str {
        "LVM thin"
    }

    fn create(&self, name: &str) -> Command {
        Command::new(["lvcreate", "--snapshot", "--name"]).args([tame(name), self.volume.clone()])
    }

    fn roll_back(&self, name: &str) -> Vec<Command> {
        let group = self.volume.split('/').next().unwrap_or_default();
        vec![
            Command::new(["lvconvert", "--yes", "--merge"])
                .args([format!("{group}/{}", tame(name))]),
        ]
    }

    fn discard(&self, name: &str) -> Command {
        let group = self.volume.split('/').next().unwrap_or_default();
        Command::new(["lvremove", "--yes"]).args([format!("{group}/{}", tame(name))])
    }

    fn caution(&self) -> &'static str {
        "the snapshot is merged when the volume is next activated: at the next boot"
    }
}

impl Snapshot for Zfs {
    fn kind(&self) -> &'static str {
        "ZFS"
    }

    fn create(&self, name: &str) -> Command {
        Command::new(["zfs", "snapshot"]).args([format!("{}@{}", self.dataset, tame(name))])
    }

    fn roll_back(&self, name: &str) -> Vec<Command> {
        vec![Command::new(["zfs", "rollback", "-r"]).args([format!(
            "{}@{}",
            self.dataset,
            tame(name)
        )])]
    }

    fn discard(&self, name: &str) -> Command {
        Command::new(["zfs", "destroy"]).args([format!("{}@{}", self.dataset, tame(name))])
    }

    fn caution(&self) -> &'static str {
        "later snapshots of the dataset go, and running programs see files change under them: reboot afterwards"
    }
}

/// The snapshots that a machine's root can have; `None` where it can have none.
///
/// # Errors
/// When lvs(8) is asked and cannot be run.
pub fn detect(machine: &dyn Machine) -> Result<Option<Box<dyn Snapshot>>, PatchError> {
    // Only a running host has a root file system of its own: an image or a clone is thrown away whole.
    let Some(proc) = machine.proc() else {
        return Ok(None);
    };
    let mounts = std::fs::read_to_string(proc.join("self/mountinfo")).unwrap_or_default();
    let Some(root) = root_mount(&mounts) else {
        return Ok(None);
    };
    Ok(match root.kind {
        "btrfs" => Some(Box::new(Btrfs {
            device: root.source.to_owned(),
            subvolume: root.within.to_owned(),
        })),
        "zfs" => Some(Box::new(Zfs {
            dataset: root.source.to_owned(),
        })),
        _ if root.source.starts_with("/dev/mapper/") => {
            let command = Command::new(["lvs", "--noheadings", "-o", "vg_name,lv_name,pool_lv"])
                .args([root.source.to_owned()]);
            match machine.run(&command) {
                Ok(outcome) if outcome.success() => thin_volume(&outcome.text())
                    .map(|volume| Box::new(LvmThin { volume }) as Box<dyn Snapshot>),
                _ => None,
            }
        }
        _ => None,
    })
}

/// The mount of `/`.
#[derive(Debug, PartialEq, Eq)]
struct Mount<'a> {
    within: &'a str,
    kind: &'a str,
    source: &'a str,
}

/// `26 1 0:23 /@ / rw,relatime shared:1 - btrfs /dev/sda2 rw,subvol=/@` (proc_pid_mountinfo(5)); the last one counts.
fn root_mount(mounts: &str) -> Option<Mount<'_>> {
    mounts
        .lines()
        .filter_map(|line| {
            let (before, after) = line.split_once(" - ")?;
            let mut words = before.split(' ').skip(3);
            let (within, point) = (words.next()?, words.next()?);
            let mut rest = after.split(' ');
            let (kind, source) = (rest.next()?, rest.next()?);
            (point == "/").then_some(Mount {
                within,
                kind,
                source,
            })
        })
        .next_back()
}

/// `  vg  root  pool`: without a pool it is no thin volume, and an ordinary snapshot would need room of its own.
fn thin_volume(text: &str) -> Option<String> {
    let words: Vec<&str> = text
        .lines()
        .find(|line| !line.trim().is_empty())?
        .split_whitespace()
        .collect();
    match words.as_slice() {
        [group, volume, _pool] => Some(format!("{group}/{volume}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_mount_tells_what_can_be_done() {
        let mounts = "21 1 0:20 / /proc rw - proc proc rw\n26 1 0:23 /@ / rw,relatime shared:1 - btrfs /dev/sda2 rw,subvol=/@\n";
        let root = root_mount(mounts).unwrap();
        assert_eq!(
            (root.kind, root.within, root.source),
            ("btrfs", "/@", "/dev/sda2")
        );
        let zfs = root_mount("1 1 0:1 / / rw - zfs rpool/ROOT/debian rw\n").unwrap();
        assert_eq!(zfs.source, "rpool/ROOT/debian");
        assert_eq!(root_mount("bad\n"), None);
    }

    #[test]
    fn only_a_thin_volume_counts() {
        assert_eq!(
            thin_volume("  vg0 root thinpool\n").as_deref(),
            Some("vg0/root")
        );
        assert_eq!(thin_volume("  vg0 root \n"), None);
    }

    #[test]
    fn names_are_tamed() {
        let zfs = Zfs {
            dataset: "rpool/root".into(),
        };
        assert_eq!(
            zfs.create("run 1; rm -rf /").argv[2],
            "rpool/root@patchward-run-1--rm--rf--"
        );
    }
}
