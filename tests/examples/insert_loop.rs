//! The least program that promises something: a row, a commit, a line. What `synchronous` does to the promise is for the
//! power-cut test to show; the product itself has no such switch.

use std::io::Write;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use rusqlite::Connection;

/// Inserts rows one by one and says "ack N" after each commit.
#[derive(Debug, Parser)]
struct Cli {
    /// What each commit does to the write-ahead log.
    synchronous: Synchronous,
    /// A file that does not exist yet.
    file: PathBuf,
    /// How many rows.
    rows: u32,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Synchronous {
    /// Sync it.
    Full,
    /// Leave that to the next checkpoint.
    Normal,
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let connection = Connection::open(&cli.file)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    let level = match cli.synchronous {
        Synchronous::Full => 2,
        Synchronous::Normal => 1,
    };
    connection.pragma_update(None, "synchronous", level)?;
    connection.pragma_update(None, "wal_autocheckpoint", 50)?;
    connection.execute_batch(
        "CREATE TABLE attempt (number INTEGER PRIMARY KEY, detail TEXT NOT NULL) STRICT",
    )?;
    let mut out = std::io::stdout().lock();
    for number in 1..=cli.rows {
        connection.execute(
            "INSERT INTO attempt VALUES (?1, ?2)",
            (number, "x".repeat(100)),
        )?;
        writeln!(out, "ack {number}")?;
    }
    Ok(())
}
