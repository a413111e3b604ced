//! A row that a query found.

use std::cell::OnceCell;

use super::value::{Read, Value};
use crate::store::error::Fault;

/// The names of a query's columns, told once: asking for them row by row would cost more than the rows.
pub(super) type Names = OnceCell<Vec<String>>;

/// A row, as long as the query stands on it.
#[derive(Clone, Copy)]
pub(in crate::store) struct Row<'r> {
    cells: Cells<'r>,
    names: &'r Names,
}

#[derive(Clone, Copy)]
enum Cells<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
}

impl<'r> Row<'r> {
    pub(super) fn sqlite(row: &'r rusqlite::Row<'r>, names: &'r Names) -> Self {
        let cells = Cells::Sqlite(row);
        Self { cells, names }
    }

    /// What stands in a column, counted from 0.
    pub(in crate::store) fn get<T: Read<'r>>(&self, column: usize) -> Result<T, Fault> {
        T::read(self.value(column)?).ok_or_else(|| self.odd(column))
    }

    /// What stands in the column of that name.
    pub(in crate::store) fn get_named<T: Read<'r>>(&self, name: &str) -> Result<T, Fault> {
        let column = self.names().iter().position(|known| known == name);
        self.get(column.ok_or_else(|| Fault::Cell(name.to_owned()))?)
    }

    /// The text in a column.
    pub(in crate::store) fn text(&self, column: usize) -> Result<&'r str, Fault> {
        self.get(column)
    }

    /// The bytes in a column.
    pub(in crate::store) fn blob(&self, column: usize) -> Result<&'r [u8], Fault> {
        self.get(column)
    }

    fn value(&self, column: usize) -> Result<Value<'r>, Fault> {
        match self.cells {
            Cells::Sqlite(row) => {
                use rusqlite::types::ValueRef;
                Ok(match row.get_ref(column)? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(value) => Value::Int(value),
                    ValueRef::Blob(value) => Value::Blob(value),
                    ValueRef::Text(value) => {
                        let text = std::str::from_utf8(value);
                        Value::Text(text.map_err(|_| self.odd(column))?)
                    }
                    ValueRef::Real(_) => return Err(self.odd(column)),
                })
            }
        }
    }

    fn names(&self) -> &'r [String] {
        self.names.get_or_init(|| match self.cells {
            Cells::Sqlite(row) => {
                let names = row.as_ref().column_names();
                names.map(str::to_owned).collect()
            }
        })
    }

    fn odd(&self, column: usize) -> Fault {
        let name = self.names().get(column).cloned();
        Fault::Cell(name.unwrap_or_else(|| format!("number {column}")))
    }
}
