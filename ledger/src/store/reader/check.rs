//! Whether what is on record is what was written: every link of the chain, and every byte of the batches, without folding anything.

use super::Reader;
use super::view::View;
use crate::store::StoreError;
use crate::store::error::Fault;
use crate::store::table::{chain, sums};
use crate::wire::Hash;

impl Reader {
    /// What is wrong with the batches of all agents: a broken chain, or a body that is not the one that its head names.
    ///
    /// # Errors
    /// [`StoreError`] if a file cannot be read.
    pub fn check(&self) -> Result<Vec<String>, StoreError> {
        let mut wrong = Vec::new();
        for view in self.views()? {
            let found = view.check().map_err(|fault| fault.at(view.place))?;
            let name = &view.row.agent.name;
            wrong.extend(found.into_iter().map(|what| format!("{name}: {what}")));
        }
        Ok(wrong)
    }

    /// Fails unless every page of the files holds together, and everything that was folded is as it was written.
    ///
    /// It is all that can be said of attempts that are pruned.
    ///
    /// # Errors
    /// [`StoreError`] that names the damage, or if a file cannot be read.
    pub fn must_be_as_written(&self) -> Result<(), StoreError> {
        for file in &self.files {
            let checked = file.db.check_pages().and_then(|()| sums::check(&file.db));
            checked.map_err(|fault| fault.at(&file.place))?;
        }
        Ok(())
    }
}

impl View<'_> {
    fn check(&self) -> Result<Vec<String>, Fault> {
        let mut wrong = Vec::new();
        let mut before = None;
        for link in chain::all(self.db, self.row.id)? {
            wrong.extend(link.breaks(before.as_ref()));
            let body = chain::body(self.db, self.row.id, (link.epoch, link.number))?;
            if body.is_some_and(|body| Hash::of(&body) != link.head.body) {
                wrong.push(format!("batch {}: its body is damaged", link.number));
            }
            before = Some(link);
        }
        Ok(wrong)
    }
}
