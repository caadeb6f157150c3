//! Stories in which a chat leaves one table for another.

use earshot::cable::Cable;
use earshot::database::Database;
use earshot::table::Opened;
use host::Host;

use crate::{Show, idle_host, table};

/// A table that the story has left, and a host on it that nobody works for.
pub struct Behind {
    /// Whoever looks into it.
    pub host: Host,
    database: Database,
    cable: Cable,
}

impl Behind {
    /// The table.
    pub fn opened(&self) -> Opened {
        Opened::beside(self.host.store().clone(), true)
    }

    /// Every row of it, sorted; none where it is empty.
    pub async fn rows(&self) -> Vec<String> {
        table::rows(&self.database.endpoint(), "earshot").await
    }
}

impl Show {
    /// The table of the story, which nobody else writes to meanwhile.
    pub fn opened(&self) -> Opened {
        Opened::beside(self.looking().store().clone(), true)
    }

    /// Every row of the table, sorted; none where it is empty.
    pub async fn rows(&self) -> Vec<String> {
        table::rows(&self.database(), "earshot").await
    }

    /// The host goes on with an empty table, as another deployment on the same platforms would: they are sent there
    /// from now on. Gives the table that it leaves.
    ///
    /// # Panics
    /// Where the story was not begun with a cable.
    pub async fn starts_anew(&mut self) -> Behind {
        let database = Database::start(None).await.expect("a database in memory");
        self.goes_on_with(database).await
    }

    /// The host goes on with a table that it left before, and leaves the one that it has.
    ///
    /// # Panics
    /// Where the story was not begun with a cable.
    pub async fn returns_to(&mut self, behind: Behind) -> Behind {
        behind.cable.clear();
        self.goes_on_with(behind.database).await
    }

    async fn goes_on_with(&mut self, database: Database) -> Behind {
        let cable = Cable::lay(&database.endpoint()).await.expect("a cable on loopback");
        let config = self.platforms.config().expect("the stand-ins' own settings");
        let eyes = idle_host(config, &database.endpoint(), &self.clocks);
        let (left, left_cable) =
            self.database.replace((database, cable)).expect("a story of two tables is cabled");
        let host = self.eyes.replace(eyes).expect("a story of two tables is cabled");
        self.restart().await;
        Behind { host, database: left, cable: left_cable }
    }
}
