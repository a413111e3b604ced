//! Where the records end: what vouches for all that was read.

use super::Reader;
use crate::record::Agent;
use crate::store::StoreError;
use crate::store::table::batches;

/// Where one agent's record ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Whose.
    pub agent: Agent,
    /// The number of its last attempt.
    pub last_sequence: u64,
    /// How many batches were sealed.
    pub batches: u64,
    /// The hash of the last one in hexadecimal; it covers all before it.
    pub batch_hash: String,
}

impl Reader {
    /// The heads of all agents, by name.
    ///
    /// # Errors
    /// [`StoreError`] if a file is damaged or cannot be read.
    pub fn heads(&self) -> Result<Vec<Head>, StoreError> {
        let heads = self.views()?.map(|view| {
            let end = batches::end(view.db, view.row.id);
            let end = end.map_err(|fault| fault.at(view.place))?;
            let last = view.last_sequence().map_err(|fault| fault.at(view.place))?;
            Ok(Head {
                agent: view.row.agent.clone(),
                last_sequence: last,
                batches: end.number,
                batch_hash: end.hash.to_string(),
            })
        });
        let mut heads: Vec<Head> = heads.collect::<Result<_, StoreError>>()?;
        heads.sort_by(|a, b| a.agent.cmp(&b.agent));
        Ok(heads)
    }
}
