//! Builds a clone in the calling thread's own mount namespace.

use std::process::Child;

use rustix::mount::{MountPropagationFlags, mount_change};
use rustix::thread::UnshareFlags;

use crate::error::{CloneError, Doing as _};
use crate::inside::with_root;
use crate::layout::LeftOut;
use crate::overlay::{self, Layers, Mounted};
use crate::plan::Plan;
use crate::support::Runner;
use crate::{hidden, init, nspawn, raw};

/// A clone that stands.
pub(crate) struct Built {
    /// The first process, as the host numbers it.
    pub leader: u32,
    pub layers: Vec<Layers>,
    pub hidden: Vec<LeftOut>,
}

/// Builds what the plan says; returns it with the program that must be waited for. The calling thread can start no threads
/// afterwards.
pub(crate) fn build(plan: &Plan) -> Result<(Built, Child), CloneError> {
    raw::unshare(UnshareFlags::FS).map_err(CloneError::NoNamespaces)?;
    raw::unshare(UnshareFlags::NEWNS).map_err(CloneError::NoNamespaces)?;
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", private).doing(|| "make the mounts private".to_owned())?;
    let Mounted { root, layers } =
        overlay::mount_all(&plan.layout, &plan.options.storage, plan.changes.as_deref())?;
    let hidden = with_root(&root, || {
        let mut hidden = hidden::remove_sockets(&plan.sockets);
        hidden.extend(hidden::mask(&plan.options.mask)?);
        hidden.push(hidden::empty_own_data(plan.options.storage.bytes())?);
        Ok(hidden)
    })?;
    let (first, leader) = match plan.runner {
        Runner::Own => {
            let own = UnshareFlags::NEWNET | UnshareFlags::NEWUTS | UnshareFlags::NEWIPC;
            raw::unshare(own).map_err(CloneError::NoNamespaces)?;
            let first = init::start(plan, &root)?;
            let leader = first.id();
            (first, leader)
        }
        Runner::Systemd => nspawn::start(plan, &root)?,
    };
    let built = Built {
        leader,
        layers,
        hidden,
    };
    Ok((built, first))
}
