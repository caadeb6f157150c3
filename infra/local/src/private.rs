//! Folders and files that hold what people wrote: made for this user alone, whatever the `umask` says. What is
//! there already stays as it is: whoever opened it to others meant it.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{ErrorKind, Result};
use std::path::Path;

/// Makes a folder, and those above it, where they are not there.
///
/// # Errors
/// Where it cannot be made.
pub fn folder(path: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes an empty file where there is none. SQLite takes an empty file for a new database, and gives the files
/// that it puts beside it (`-wal`, `-shm`) the permissions of this one
/// (<https://www.sqlite.org/src/file/src/os_unix.c>, `findCreateFileMode`): the folder alone would not do where
/// it was made by others.
///
/// # Errors
/// Where it cannot be made.
pub fn file(path: &Path) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
