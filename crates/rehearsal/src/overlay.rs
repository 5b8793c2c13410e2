//! Mounts the parts of a clone, in a mount namespace that nobody else sees.
//!
//! The stage lies on a private tmpfs over `/run`, so that no host directory serves as a mount point and helpers such as
//! systemd-nspawn neither find nor litter the host's `/run`. All of it ends with the namespace, also after `kill -9`.

use std::ffi::CString;
use std::fs;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, mount, mount_bind, mount_remount};

use crate::cleaning::remove_tree;
use crate::error::{CloneError, Doing as _};
use crate::layout::{How, Layout, Part};
use crate::options::Storage;

const STAGE: &str = "/run/patchward-stage";

/// A mounted overlay, held open: its layers can be read from any thread while the clone lives.
pub(crate) struct Layers {
    /// Where it lies, relative to the root.
    pub point: PathBuf,
    /// The host's files.
    pub lower: OwnedFd,
    /// What the clone wrote.
    pub upper: OwnedFd,
}

/// The mounted clone.
pub(crate) struct Mounted {
    /// The clone's root directory, in this thread's mount namespace.
    pub root: PathBuf,
    pub layers: Vec<Layers>,
}

/// The path under which an open directory can be read from any thread of this process.
pub(crate) fn path_of(directory: &OwnedFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", directory.as_raw_fd()))
}

/// Opens a directory to be bound or read later.
pub(crate) fn open_directory(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?)
}

/// A part with its directories held open, because the stage will hide whatever lies below `/run`.
struct Opened<'a> {
    part: &'a Part,
    source: Option<OwnedFd>,
    layers: Vec<OwnedFd>,
}

/// Mounts every part of `layout` below the stage. The calling thread must have a private mount namespace.
/// `folder` is where [`Storage::Folder`] keeps this clone's changes.
pub(crate) fn mount_all(
    layout: &Layout,
    storage: &Storage,
    folder: Option<&Path>,
) -> Result<Mounted, CloneError> {
    let opened: Vec<Opened<'_>> = layout.parts.iter().map(open).collect::<Result<_, _>>()?;
    let folder = folder
        .map(|path| open_directory(path).doing(|| format!("open {}", path.display())))
        .transpose()?;
    mount_tmpfs(Path::new("/run"), "mode=755,size=16m", MountFlags::empty())?;
    let stage = Path::new(STAGE);
    for name in ["", "rw", "root", "lower"] {
        let path = stage.join(name);
        fs::create_dir_all(&path).doing(|| format!("create {}", path.display()))?;
    }
    let changes = stage.join("rw");
    match &folder {
        Some(folder) => mount_bind(path_of(folder), &changes)
            .doing(|| "bind the folder for changes".to_owned())?,
        None => mount_tmpfs(
            &changes,
            &format!("mode=700,size={}", storage.bytes()),
            MountFlags::NODEV,
        )?,
    }
    let mut layers = Vec::new();
    for (number, part) in opened.iter().enumerate() {
        layers.extend(mount_part(stage, number, part)?);
    }
    Ok(Mounted {
        root: stage.join("root"),
        layers,
    })
}

fn open(part: &Part) -> Result<Opened<'_>, CloneError> {
    let source = match part.how {
        How::Empty => None,
        _ => {
            Some(open_directory(&part.source).doing(|| format!("open {}", part.source.display()))?)
        }
    };
    let layers = match &part.how {
        How::Overlay { layers, .. } => layers
            .iter()
            .map(|path| open_directory(path))
            .collect::<Result<_, _>>(),
        _ => Ok(Vec::new()),
    };
    Ok(Opened {
        part,
        source,
        // The layers of a container's root are seldom visible in it; then only the plain way is tried.
        layers: layers.unwrap_or_default(),
    })
}

fn mount_part(
    stage: &Path,
    number: usize,
    opened: &Opened<'_>,
) -> Result<Option<Layers>, CloneError> {
    let part = opened.part;
    let target = stage.join("root").join(&part.point);
    let (Some(source), How::Overlay { read_only, .. }) = (&opened.source, &part.how) else {
        match &opened.source {
            Some(source) => bind_read_only(source, &target)?,
            None => mount_tmpfs(&target, "mode=755,size=16m", MountFlags::NODEV)?,
        }
        return Ok(None);
    };
    let lower = stage.join(format!("lower/{number}"));
    fs::create_dir_all(&lower).doing(|| format!("create {}", lower.display()))?;
    bind_read_only(source, &lower)?;
    let upper = stage.join(format!("rw/upper{number}"));
    let work = stage.join(format!("rw/work{number}"));
    fs::create_dir_all(&upper).doing(|| format!("create {}", upper.display()))?;
    same_owner_and_mode(&lower, &upper).doing(|| format!("prepare {}", upper.display()))?;
    let mut flags = MountFlags::NODEV;
    if *read_only {
        flags |= MountFlags::RDONLY;
    }
    let place = Overlay {
        upper: &upper,
        work: &work,
        target: &target,
        flags,
    };
    match place.mount(std::slice::from_ref(&lower)) {
        Ok(()) => {}
        // The kernel allows two overlays on one another. A third is possible beside the second, on its layers.
        Err(Errno::INVAL) if !opened.layers.is_empty() => {
            let layers = bind_layers(stage, number, &opened.layers)?;
            place.mount(&layers).map_err(|_| CloneError::TooDeep {
                path: part.source.clone(),
            })?;
        }
        Err(error) => return Err(refused(part, error)),
    }
    let hold = |path: &Path| open_directory(path).doing(|| format!("open {}", path.display()));
    Ok(Some(Layers {
        point: part.point.clone(),
        lower: hold(&lower)?,
        upper: hold(&upper)?,
    }))
}

fn refused(part: &Part, error: Errno) -> CloneError {
    let on_overlay = crate::mountinfo::of_thread().is_ok_and(|mounts| {
        crate::mountinfo::holding(&mounts, &part.source)
            .is_some_and(|mount| mount.kind == "overlay")
    });
    if error == Errno::INVAL && on_overlay {
        return CloneError::TooDeep {
            path: part.source.clone(),
        };
    }
    CloneError::NoOverlay {
        path: part.source.clone(),
        source: error.into(),
    }
}

fn bind_layers(
    stage: &Path,
    number: usize,
    layers: &[OwnedFd],
) -> Result<Vec<PathBuf>, CloneError> {
    let mut bound = Vec::new();
    for (depth, layer) in layers.iter().enumerate() {
        let path = stage.join(format!("lower/{number}-{depth}"));
        fs::create_dir_all(&path).doing(|| format!("create {}", path.display()))?;
        bind_read_only(layer, &path)?;
        bound.push(path);
    }
    Ok(bound)
}

struct Overlay<'a> {
    upper: &'a Path,
    work: &'a Path,
    target: &'a Path,
    flags: MountFlags,
}

impl Overlay<'_> {
    /// Plain copies on write only, so that the upper layer can be read; no syncing, for it is thrown away. Older kernels
    /// do not know every option.
    const OPTIONS: [&'static str; 3] = [
        ",redirect_dir=off,metacopy=off,index=off,volatile",
        ",redirect_dir=off,metacopy=off,index=off",
        "",
    ];

    fn mount(&self, lowers: &[PathBuf]) -> Result<(), Errno> {
        // All of these paths are ours and hold neither colons nor commas.
        let lowers: Vec<String> = lowers
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let (upper, work) = (self.upper.display(), self.work.display());
        let base = format!(
            "lowerdir={},upperdir={upper},workdir={work}",
            lowers.join(":")
        );
        let mut last = Errno::INVAL;
        for options in Self::OPTIONS {
            // An attempt that failed may have marked it as used.
            self.empty_work().map_err(|_| Errno::IO)?;
            let data = CString::new(format!("{base}{options}")).map_err(|_| Errno::INVAL)?;
            match mount(
                "overlay",
                self.target,
                "overlay",
                self.flags,
                data.as_c_str(),
            ) {
                Ok(()) => return Ok(()),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn empty_work(&self) -> io::Result<()> {
        remove_tree(self.work)?;
        fs::create_dir(self.work)
    }
}

/// Mounts a tmpfs without set-user-id programs, with `options`.
pub(crate) fn mount_tmpfs(
    target: &Path,
    options: &str,
    flags: MountFlags,
) -> Result<(), CloneError> {
    let doing = || format!("mount a tmpfs at {}", target.display());
    let data = CString::new(options).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput));
    let data = data.doing(doing)?;
    mount(
        "tmpfs",
        target,
        "tmpfs",
        MountFlags::NOSUID | flags,
        data.as_c_str(),
    )
    .doing(doing)
}

/// Mounts an empty tmpfs where the clone shall not see the host's folder.
pub(crate) fn mount_fresh(target: &Path, options: &str) -> Result<(), CloneError> {
    fs::create_dir_all(target).doing(|| format!("create {} of the clone", target.display()))?;
    mount_tmpfs(target, options, MountFlags::NODEV)
}

fn bind_read_only(source: &OwnedFd, target: &Path) -> Result<(), CloneError> {
    let doing = || format!("bind a directory of the host at {}", target.display());
    mount_bind(path_of(source), target).doing(doing)?;
    let flags = MountFlags::BIND | MountFlags::RDONLY | MountFlags::NODEV;
    mount_remount(target, flags, c"").doing(doing)
}

fn same_owner_and_mode(of: &Path, to: &Path) -> io::Result<()> {
    let data = fs::metadata(of)?;
    chown(to, Some(data.uid()), Some(data.gid()))?;
    fs::set_permissions(to, fs::Permissions::from_mode(data.mode() & 0o7777))
}
