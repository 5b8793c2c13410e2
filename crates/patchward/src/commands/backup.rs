//! `patchward backup`.

use patchward_core::backup;
use patchward_core::data_folder::DataFolder;

use crate::cli::records::Backup;
use crate::context::Context;
use crate::exit::Exit;
use crate::output::table::plural;

/// Writes the file, and says what is in it and how to restore it.
pub fn run(flags: &Backup, context: &Context) -> anyhow::Result<Exit> {
    let data = DataFolder::at(&context.data_dir());
    let contents = backup::backup(&data, &context.files, &flags.file, context.now)?;
    outln!(
        "{} ({}) in {}",
        plural(contents.files.len() as u64, "file"),
        indicatif::HumanBytes(contents.bytes),
        flags.file.display()
    );
    context.advise(&format!(
        "It holds the ledger's key: keep it as you keep other keys. To restore, where Patchward does not run:\n  \
         mkdir -p {0} && tar -xf {1} -C {0} && patchward ledger verify",
        data.path().display(),
        flags.file.display()
    ));
    Ok(Exit::Clean)
}
