//! A row that a query found.

use std::cell::OnceCell;

use rusqlite::types::ValueRef;

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
    #[cfg(feature = "postgres")]
    Postgres(&'r postgres::Row),
}

impl<'r> Row<'r> {
    pub(super) fn sqlite(row: &'r rusqlite::Row<'r>, names: &'r Names) -> Self {
        let cells = Cells::Sqlite(row);
        Self { cells, names }
    }

    #[cfg(feature = "postgres")]
    pub(super) fn postgres(row: &'r postgres::Row, names: &'r Names) -> Self {
        let cells = Cells::Postgres(row);
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

    /// All columns by name, in the order of the query.
    pub(in crate::store) fn columns(&self) -> Result<Vec<(&'r str, Value<'r>)>, Fault> {
        let names = self.names().iter().enumerate();
        names
            .map(|(column, name)| Ok((name.as_str(), self.value(column)?)))
            .collect()
    }

    fn value(&self, column: usize) -> Result<Value<'r>, Fault> {
        match self.cells {
            Cells::Sqlite(row) => {
                let found = of_sqlite(row.get_ref(column)?);
                found.ok_or_else(|| self.odd(column))
            }
            #[cfg(feature = "postgres")]
            Cells::Postgres(row) => of_postgres(row, column)?.ok_or_else(|| self.odd(column)),
        }
    }

    fn names(&self) -> &'r [String] {
        self.names.get_or_init(|| match self.cells {
            Cells::Sqlite(row) => {
                let names = row.as_ref().column_names();
                names.map(str::to_owned).collect()
            }
            #[cfg(feature = "postgres")]
            Cells::Postgres(row) => {
                let columns = row.columns().iter();
                columns.map(|column| column.name().to_owned()).collect()
            }
        })
    }

    fn odd(&self, column: usize) -> Fault {
        let name = self.names().get(column).cloned();
        Fault::Cell(name.unwrap_or_else(|| format!("number {column}")))
    }
}

fn of_sqlite(value: ValueRef<'_>) -> Option<Value<'_>> {
    match value {
        ValueRef::Null => Some(Value::Null),
        ValueRef::Integer(value) => Some(Value::Int(value)),
        ValueRef::Blob(value) => Some(Value::Blob(value)),
        ValueRef::Text(value) => std::str::from_utf8(value).ok().map(Value::Text),
        ValueRef::Real(_) => None,
    }
}

#[cfg(feature = "postgres")]
fn of_postgres(row: &postgres::Row, column: usize) -> Result<Option<Value<'_>>, postgres::Error> {
    use postgres::types::Type;
    let Some(kind) = row.columns().get(column).map(postgres::Column::type_) else {
        return Ok(None);
    };
    Ok(Some(match *kind {
        Type::INT8 => row.try_get::<_, Option<i64>>(column)?.into(),
        Type::INT4 => row.try_get::<_, Option<i32>>(column)?.map(i64::from).into(),
        Type::BOOL => row.try_get::<_, Option<bool>>(column)?.into(),
        Type::TEXT => row.try_get::<_, Option<&str>>(column)?.into(),
        Type::BYTEA => row.try_get::<_, Option<&[u8]>>(column)?.into(),
        _ => return Ok(None),
    }))
}
