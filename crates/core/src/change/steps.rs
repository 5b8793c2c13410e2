//! The steps of runs: their names, what they do in a few words, and the values that they come to.

use patchward_protocol::check::Comparison;
use patchward_protocol::run::{
    BlastSummary, Checked, Clones, DiscardedClones, Rescan, RestartedServices, RestoredFiles,
    SavedImage, StepResult,
};
use patchward_protocol::transaction::{Applied, RolledBack, SavedState, Verification};

/// A step of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Clones,
    ControlChecks,
    ChecksBefore,
    Save,
    Download,
    PreImage,
    Apply,
    Restart,
    Verify,
    Rescan,
    ChecksAfter,
    PatchedChecks,
    Compare,
    BlastRadius,
    RollBack,
    Restore,
    RestartBack,
    ChecksBack,
    Discard,
}

impl Step {
    /// Whether a change that stops here has changed nothing.
    pub fn is_before_the_change(self) -> bool {
        matches!(
            self,
            Step::ChecksBefore | Step::Download | Step::Save | Step::PreImage | Step::Apply
        )
    }

    /// The name by which it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Step::Clones => "clones",
            Step::ControlChecks => "checks-control",
            Step::ChecksBefore => "checks-before",
            Step::Save => "save",
            Step::Download => "download",
            Step::PreImage => "pre-image",
            Step::Apply => "apply",
            Step::Restart => "restart",
            Step::Verify => "verify",
            Step::Rescan => "rescan",
            Step::ChecksAfter => "checks-after",
            Step::PatchedChecks => "checks-patched",
            Step::Compare => "compare",
            Step::BlastRadius => "blast-radius",
            Step::RollBack => "roll-back",
            Step::Restore => "restore",
            Step::RestartBack => "restart-back",
            Step::ChecksBack => "checks-back",
            Step::Discard => "discard",
        }
    }

    /// What it does, in a few words.
    pub fn title(self) -> &'static str {
        match self {
            Step::Clones => "make a control and a copy to patch",
            Step::ControlChecks => "check the control",
            Step::ChecksBefore => "check before",
            Step::Save => "save what roll-back needs",
            Step::Download => "download packages",
            Step::PreImage => "save files that will change",
            Step::Apply => "put the patches in",
            Step::Restart => "restart what runs old code",
            Step::Verify => "verify versions, files and processes",
            Step::Rescan => "scan again",
            Step::ChecksAfter => "check after",
            Step::PatchedChecks => "check the patched copy",
            Step::Compare => "compare performance, pair by pair",
            Step::BlastRadius => "tell what changed",
            Step::RollBack => "take the packages back",
            Step::Restore => "put saved files back",
            Step::RestartBack => "restart services on the old code",
            Step::ChecksBack => "check what was taken back",
            Step::Discard => "throw both copies away",
        }
    }
}

/// The steps of a rehearsal.
pub(super) const REHEARSAL: [Step; 15] = [
    Step::Clones,
    Step::ControlChecks,
    Step::Download,
    Step::Save,
    Step::Apply,
    Step::Restart,
    Step::Verify,
    Step::Rescan,
    Step::PatchedChecks,
    Step::Compare,
    Step::BlastRadius,
    Step::RollBack,
    Step::RestartBack,
    Step::ChecksBack,
    Step::Discard,
];

/// The steps of a change.
pub(super) const APPLY: [Step; 9] = [
    Step::ChecksBefore,
    Step::Download,
    Step::Save,
    Step::PreImage,
    Step::Apply,
    Step::Restart,
    Step::Verify,
    Step::Rescan,
    Step::ChecksAfter,
];

/// The steps of a roll-back.
pub(super) const ROLL_BACK: [Step; 5] = [
    Step::RollBack,
    Step::Restore,
    Step::RestartBack,
    Step::Rescan,
    Step::ChecksBack,
];

/// The steps of a verification.
pub(super) const VERIFICATION: [Step; 3] = [Step::Verify, Step::Rescan, Step::ChecksAfter];

/// A value that a step comes to, and its place among the results of steps.
pub(super) trait StepValue: Sized + Clone {
    /// As a result.
    fn wrap(self) -> StepResult;
    /// Out of a result; `None` when it is one of another kind.
    fn unwrap(result: StepResult) -> Option<Self>;
}

macro_rules! values {
    ($($type:ty => $variant:ident,)+) => {
        $(impl StepValue for $type {
            fn wrap(self) -> StepResult {
                StepResult::$variant(self)
            }

            fn unwrap(result: StepResult) -> Option<Self> {
                match result {
                    StepResult::$variant(value) => Some(value),
                    _ => None,
                }
            }
        })+
    };
}

values! {
    Clones => Clones,
    Checked => Checks,
    SavedState => Saved,
    SavedImage => PreImage,
    Applied => Applied,
    RestartedServices => Restarted,
    Verification => Verified,
    Vec<Comparison> => Compared,
    BlastSummary => BlastRadius,
    RolledBack => RolledBack,
    RestoredFiles => Restored,
    Rescan => Rescanned,
    DiscardedClones => Discarded,
}

/// Bytes that were downloaded.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Downloaded(pub u64);

impl StepValue for Downloaded {
    fn wrap(self) -> StepResult {
        StepResult::Downloaded { bytes: self.0 }
    }

    fn unwrap(result: StepResult) -> Option<Self> {
        match result {
            StepResult::Downloaded { bytes } => Some(Downloaded(bytes)),
            _ => None,
        }
    }
}
