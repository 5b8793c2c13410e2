//! Which file systems below a root become which parts of its clone. Pure: mounts go in, a plan comes out.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::mountinfo::Mount;

/// One file system of the clone, in the order in which they are mounted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    /// Where, relative to the root (empty for the root itself).
    pub point: PathBuf,
    /// What lies there on the host, as an absolute path.
    pub source: PathBuf,
    /// How it is cloned.
    pub how: How,
}

/// How a part is cloned.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum How {
    /// An overlay over the host's directory.
    Overlay {
        /// The host has it mounted read-only, so the clone has too.
        read_only: bool,
        /// The layers of the host's own overlay, topmost first, for when another one on top would be too many.
        layers: Vec<PathBuf>,
    },
    /// The host's own read-only file system, which cannot be written anyway.
    ReadOnly,
    /// An empty tmpfs.
    Empty,
}

/// Something of the host that its clone lacks.
#[derive(Clone, Debug, PartialEq)]
pub struct LeftOut {
    /// Path inside the root.
    pub path: PathBuf,
    /// Why it was left out.
    pub why: Left,
}

/// Why something is not in the clone.
#[derive(Clone, Debug, PartialEq)]
pub enum Left {
    /// A network file system of this type: what is written there would not stay in the clone.
    Network(String),
    /// The caller excluded it.
    Asked,
    /// A file system of this type cannot be a lower layer.
    Unsupported(String),
    /// The content is hidden: a secret.
    Secret,
    /// A socket of a running service of the host; a connection from the clone would reach that service.
    HostSocket,
}

impl fmt::Display for Left {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(kind) => write!(out, "a network file system ({kind})"),
            Self::Asked => out.write_str("left out by the settings"),
            Self::Unsupported(kind) => write!(out, "{kind} cannot be cloned"),
            Self::Secret => out.write_str("a secret"),
            Self::HostSocket => out.write_str("a socket of a running service"),
        }
    }
}

/// The plan for a root.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Layout {
    pub parts: Vec<Part>,
    pub left_out: Vec<LeftOut>,
}

const NETWORK: [&str; 15] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "ceph",
    "9p",
    "afs",
    "lustre",
    "ocfs2",
    "gfs2",
    "glusterfs",
    "beegfs",
    "coda",
    "virtiofs",
];
const IMAGES: [&str; 5] = ["squashfs", "erofs", "iso9660", "cramfs", "udf"];
const LAYERS: [&str; 13] = [
    "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs", "jfs", "reiserfs", "bcachefs", "nilfs2",
    "tmpfs", "ramfs",
];
/// Made anew in each clone, whatever is mounted there or below.
pub(crate) const FRESH: [&str; 5] = ["proc", "sys", "dev", "run", "tmp"];

impl Layout {
    /// The plan for cloning `root` (absolute and canonical), with `exclude` as paths inside the root.
    /// `is_directory` tells of a host path; mounts on single files are left to the file below them.
    pub fn plan(
        mounts: &[Mount],
        root: &Path,
        exclude: &[PathBuf],
        is_directory: &dyn Fn(&Path) -> bool,
    ) -> Self {
        let mut layout = Self::default();
        layout.put(root_part(mounts, root));
        for mount in mounts {
            let Ok(point) = mount.point.strip_prefix(root) else {
                continue;
            };
            let fresh = FRESH.iter().any(|name| point.starts_with(name));
            // A network file system whose server is gone must not be looked at: that could hang for ever.
            let skipped = fresh || (!is_remote(&mount.kind) && !is_directory(&mount.point));
            if point.as_os_str().is_empty() || skipped {
                continue;
            }
            layout.put_mount(mount, point);
        }
        for path in exclude {
            let point = path.strip_prefix("/").unwrap_or(path);
            if !point.as_os_str().is_empty() && is_directory(&root.join(point)) {
                layout.leave_out(point, Left::Asked);
            }
        }
        layout
    }

    fn put_mount(&mut self, mount: &Mount, point: &Path) {
        let kind = mount.kind.as_str();
        if NETWORK.contains(&kind) {
            return self.leave_out(point, Left::Network(mount.kind.clone()));
        }
        let how = if IMAGES.contains(&kind) {
            How::ReadOnly
        } else if LAYERS.contains(&kind) {
            How::Overlay {
                read_only: mount.is_read_only(),
                layers: Vec::new(),
            }
        } else {
            // vfat cannot be a layer; an overlay below the root is a container's; FUSE ends with its program, which the
            // clone does not have; the rest are windows into the kernel.
            return self.leave_out(point, Left::Unsupported(mount.kind.clone()));
        };
        self.put(Part {
            point: point.to_path_buf(),
            source: mount.point.clone(),
            how,
        });
    }

    fn leave_out(&mut self, point: &Path, why: Left) {
        self.put(Part {
            point: point.to_path_buf(),
            source: PathBuf::new(),
            how: How::Empty,
        });
        let path = Path::new("/").join(point);
        self.left_out.retain(|left| !left.path.starts_with(&path));
        self.left_out.push(LeftOut { path, why });
    }

    /// Adds a part; what it covers is gone.
    fn put(&mut self, part: Part) {
        self.parts
            .retain(|other| !other.point.starts_with(&part.point));
        self.parts.push(part);
    }
}

/// Whether looking at it may ask another machine, or a program.
fn is_remote(kind: &str) -> bool {
    NETWORK.contains(&kind) || kind.starts_with("fuse") || kind == "autofs"
}

fn root_part(mounts: &[Mount], root: &Path) -> Part {
    let holder = crate::mountinfo::holding(mounts, root);
    Part {
        point: PathBuf::new(),
        source: root.to_path_buf(),
        how: How::Overlay {
            read_only: false,
            layers: holder
                .map(|mount| overlay_layers(mount, root))
                .unwrap_or_default(),
        },
    }
}

/// The layers of the overlay that `root` lies on, as far as mountinfo names them.
fn overlay_layers(mount: &Mount, root: &Path) -> Vec<PathBuf> {
    let (Some(lower), "overlay") = (mount.super_option("lowerdir"), mount.kind.as_str()) else {
        return Vec::new();
    };
    let inside = root.strip_prefix(&mount.point).unwrap_or(Path::new(""));
    let below = mount.root.strip_prefix("/").unwrap_or(&mount.root);
    mount
        .super_option("upperdir")
        .into_iter()
        .chain(lower.split(':').filter(|layer| !layer.is_empty()))
        .map(|layer| Path::new(layer).join(below).join(inside))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str, root: &str, exclude: &[&str]) -> Layout {
        let mounts = crate::mountinfo::parse(text.as_bytes());
        let exclude: Vec<PathBuf> = exclude.iter().map(PathBuf::from).collect();
        Layout::plan(&mounts, Path::new(root), &exclude, &|path| {
            !path.ends_with("resolv.conf")
        })
    }

    fn points(layout: &Layout) -> Vec<&str> {
        layout
            .parts
            .iter()
            .map(|part| part.point.to_str().unwrap())
            .collect()
    }

    const HOST: &str = "1 0 8:1 / / rw - ext4 /dev/sda rw\n\
        2 1 0:5 / /proc rw - proc proc rw\n\
        3 1 0:6 / /run rw - tmpfs tmpfs rw\n\
        4 1 8:2 / /var rw - xfs /dev/sdb rw\n\
        5 4 0:9 / /var/share rw - nfs4 server:/x rw\n\
        6 1 8:3 / /boot/efi rw - vfat /dev/sdc rw\n\
        7 1 7:0 / /snap/core ro - squashfs /dev/loop0 ro\n\
        8 1 8:1 /x /etc/resolv.conf rw - ext4 /dev/sda rw\n";

    #[test]
    fn each_real_file_system_is_a_part_and_the_rest_is_named() {
        let layout = plan(HOST, "/", &[]);
        assert_eq!(
            points(&layout),
            ["", "var", "var/share", "boot/efi", "snap/core"]
        );
        assert_eq!(layout.parts[2].how, How::Empty);
        assert_eq!(layout.parts[4].how, How::ReadOnly);
        let left: Vec<_> = layout
            .left_out
            .iter()
            .map(|left| left.why.clone())
            .collect();
        assert_eq!(
            left,
            [
                Left::Network("nfs4".into()),
                Left::Unsupported("vfat".into())
            ]
        );
    }

    #[test]
    fn what_the_caller_excludes_is_empty_with_all_below_it() {
        let layout = plan(HOST, "/", &["/var", "/etc/resolv.conf"]);
        assert_eq!(points(&layout), ["", "boot/efi", "snap/core", "var"]);
        assert!(layout.left_out.contains(&LeftOut {
            path: "/var".into(),
            why: Left::Asked
        }));
    }

    #[test]
    fn a_network_mount_is_never_looked_at() {
        let mounts = crate::mountinfo::parse(HOST.as_bytes());
        Layout::plan(&mounts, Path::new("/"), &[], &|path| {
            assert_ne!(path, Path::new("/var/share"));
            true
        });
    }

    #[test]
    fn a_later_mount_covers_earlier_ones() {
        let text = "1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /srv/a rw - ext4 b rw\n3 1 8:3 / /srv rw - ext4 c rw\n";
        assert_eq!(points(&plan(text, "/", &[])), ["", "srv"]);
    }

    #[test]
    fn a_root_below_knows_only_its_own_mounts() {
        let layout = plan(HOST, "/var", &[]);
        assert_eq!(points(&layout), ["", "share"]);
        assert_eq!(layout.parts[0].source, Path::new("/var"));
    }

    #[test]
    fn the_layers_of_an_overlay_are_known() {
        let layout = plan(
            "1 0 0:9 / / rw - overlay o rw,lowerdir=/l1:/l2,upperdir=/u,workdir=/w\n",
            "/",
            &[],
        );
        let How::Overlay { layers, .. } = &layout.parts[0].how else {
            panic!()
        };
        assert_eq!(
            layers,
            &[Path::new("/u/"), Path::new("/l1/"), Path::new("/l2/")]
        );
    }
}
