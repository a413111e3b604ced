//! What goes into a statement and comes out of a row.

use crate::name::Name;
use crate::time::{Millis, Timestamp};

/// A value of a column or parameter. Booleans are the integers 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Value<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

/// The parameters of a statement, in the order of their numbers.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        [$($crate::store::db::Value::from($value)),*]
    };
}
pub(in crate::store) use values;

impl<'a, T: Into<Self>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! integers {
    ($($kind:ty),+) => {
        $(impl From<$kind> for Value<'_> {
            fn from(value: $kind) -> Self {
                Self::Int(value.into())
            }
        })+
    };
}

integers!(i64, u32, u16, u8, bool);

impl From<Timestamp> for Value<'_> {
    fn from(value: Timestamp) -> Self {
        Self::Int(value.0)
    }
}

impl From<Millis> for Value<'_> {
    fn from(value: Millis) -> Self {
        Self::Int(value.0)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a Name> for Value<'a> {
    fn from(value: &'a Name) -> Self {
        Self::Text(value.as_str())
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Blob(value)
    }
}

impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(value: &'a Vec<u8>) -> Self {
        Self::Blob(value)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(value: &'a [u8; N]) -> Self {
        Self::Blob(value)
    }
}

/// What a value is read as; `None` if it cannot be that.
pub(in crate::store) trait Read<'a>: Sized {
    /// Reads it.
    fn read(value: Value<'a>) -> Option<Self>;
}

impl<'a, T: Read<'a>> Read<'a> for Option<T> {
    fn read(value: Value<'a>) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            other => T::read(other).map(Some),
        }
    }
}

impl Read<'_> for i64 {
    fn read(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Int(value) => Some(value),
            _ => None,
        }
    }
}

macro_rules! narrower {
    ($($kind:ty),+) => {
        $(impl Read<'_> for $kind {
            fn read(value: Value<'_>) -> Option<Self> {
                Self::try_from(i64::read(value)?).ok()
            }
        })+
    };
}

narrower!(u64, u32, u16, u8, usize);

impl Read<'_> for bool {
    fn read(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Int(0) => Some(false),
            Value::Int(1) => Some(true),
            _ => None,
        }
    }
}

impl Read<'_> for Timestamp {
    fn read(value: Value<'_>) -> Option<Self> {
        i64::read(value).map(Self)
    }
}

impl Read<'_> for Millis {
    fn read(value: Value<'_>) -> Option<Self> {
        i64::read(value).map(Self)
    }
}

impl<'a> Read<'a> for &'a str {
    fn read(value: Value<'a>) -> Option<Self> {
        match value {
            Value::Text(value) => Some(value),
            _ => None,
        }
    }
}

impl<'a> Read<'a> for &'a [u8] {
    fn read(value: Value<'a>) -> Option<Self> {
        match value {
            Value::Blob(value) => Some(value),
            _ => None,
        }
    }
}

impl Read<'_> for String {
    fn read(value: Value<'_>) -> Option<Self> {
        <&str>::read(value).map(str::to_owned)
    }
}

impl Read<'_> for Name {
    fn read(value: Value<'_>) -> Option<Self> {
        Self::new(<&str>::read(value)?).ok()
    }
}

impl Read<'_> for Vec<u8> {
    fn read(value: Value<'_>) -> Option<Self> {
        <&[u8]>::read(value).map(<[u8]>::to_vec)
    }
}
