//! Everything that receives, shows and tells: reports, charts and the command line.
