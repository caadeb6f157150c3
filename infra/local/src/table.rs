//! A deployment's table, for the operator's commands: in a folder, in a database on this machine, or in AWS.

use std::fmt;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use host::Patience;
use host::moving::Store;

use crate::database::Database;
use crate::doctor::Table;
use crate::local;

/// What is wanted of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Only to be read: a process that serves the folder goes on.
    Reading,
    /// To be written as well, by nobody else meanwhile where that can be had.
    Alone,
    /// The same; where there is no table it is made.
    Made,
}

/// A table that is open.
pub struct Opened {
    /// The table.
    pub store: Store,
    /// Whether nobody else writes there as long as this is open.
    pub alone: bool,
    database: Option<Database>,
    _lock: Option<File>,
}

/// Why a table could not be opened, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// What happened.
    pub what: String,
    /// What to do next.
    pub next: String,
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}", self.what, self.next)
    }
}

/// What the embedded database's file is called.
const FILE: &str = "earshot.sqlite";

/// The file that holds the table of a folder; `None` where there is none.
///
/// # Errors
/// [`Closed`] where that cannot be known: a folder that may not be read looks empty to who does not ask why.
pub(crate) fn within(folder: &Path) -> Result<Option<PathBuf>, Closed> {
    let file = folder.join(FILE);
    // Opened, and not only looked for: somebody else's file in a folder that is open to all is as closed.
    match File::open(&file).and_then(|opened| opened.metadata()) {
        Ok(there) => Ok(there.is_file().then_some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(Closed {
            what: format!("{} may not be read by you: permission denied", folder.display()),
            next: "Run this as the user that earshot serve runs as.".to_owned(),
        }),
        Err(error) => Err(Closed {
            what: format!("{} cannot be read: {error}", file.display()),
            next: "Is it the folder of earshot serve?".to_owned(),
        }),
    }
}

/// What is said of a folder without a table.
pub(crate) fn none(folder: &Path) -> Closed {
    Closed {
        what: format!("{} has no table in it", folder.display()),
        next: "Has earshot serve run with this folder? It makes the table.".to_owned(),
    }
}

/// Opens the table `name` there.
///
/// # Errors
/// [`Closed`], for a person to read.
pub async fn open(at: &Table, name: &str, wanted: Wanted) -> Result<Opened, Closed> {
    let opened = |store, alone, database, lock| Opened { store, alone, database, _lock: lock };
    match at {
        Table::Unknown => Err(Closed {
            what: "Nobody said where the table is".to_owned(),
            next: "Say --data DIR, --database URL, or --table NAME (or EARSHOT_TABLE) for AWS.".to_owned(),
        }),
        Table::Folder(folder) => {
            let file = match (within(folder)?, wanted) {
                (Some(file), _) => file,
                (None, Wanted::Made) => folder.join(FILE),
                (None, _) => return Err(none(folder)),
            };
            let lock = match wanted {
                Wanted::Reading => None,
                Wanted::Alone | Wanted::Made => Some(local::take(folder).map_err(|why| Closed {
                    what: chat::copy::sentence(&format!("{why:#}")),
                    next: "Nobody else may write there meanwhile.".to_owned(),
                })?),
            };
            let database = Database::start(Some(&file)).await.map_err(|why| Closed {
                what: chat::copy::sentence(&format!("{why:#}")),
                next: "If it is somebody else's file, name another folder. If it was damaged, put back a copy of it."
                    .to_owned(),
            })?;
            let store = host::embedded_store(&database.endpoint(), name, Patience::default());
            made(&store, wanted, &folder.display().to_string()).await?;
            Ok(opened(store, lock.is_some(), Some(database), lock))
        }
        Table::Database(url) => {
            let store = host::embedded_store(url, name, Patience::default());
            made(&store, wanted, url).await?;
            Ok(opened(store, false, None, None))
        }
        Table::Aws => Ok(opened(host::aws_store(name).await, false, None, None)),
    }
}

/// Makes the table, on this machine; in AWS the stack owns it.
async fn made(store: &Store, wanted: Wanted, place: &str) -> Result<(), Closed> {
    if wanted != Wanted::Made {
        return Ok(());
    }
    store.ensure_table().await.map_err(|why| Closed {
        what: format!("No table could be made in {place}: {}", chain(&why)),
        next: "Does it run, is there room, and may it be written?".to_owned(),
    })
}

impl Opened {
    /// Closes it.
    ///
    /// # Errors
    /// Where the database did not close well.
    pub async fn close(self) -> anyhow::Result<()> {
        match self.database {
            Some(database) => database.stop().await,
            None => Ok(()),
        }
    }

    /// A table that somebody else keeps open, for as long as they do.
    pub fn beside(store: Store, alone: bool) -> Opened {
        Opened { store, alone, database: None, _lock: None }
    }
}

/// What to do about a table that does not answer.
pub(crate) fn why_not(at: &Table) -> &'static str {
    match at {
        Table::Aws => {
            "Are credentials and AWS_REGION those of the deployment, is it the stack's table, and may you use it (docs/EXPORT.md lists what is needed)?"
        }
        Table::Database(_) => "Does the database run, with this table in it?",
        Table::Folder(_) | Table::Unknown => "Is it the folder of earshot serve?",
    }
}

/// An error and what it came from, in a line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let more = cause.to_string();
        if !words.contains(&more) {
            words.push_str(": ");
            words.push_str(&more);
        }
        source = cause.source();
    }
    words.replace('\n', " ")
}
