//! The stand-in Groupdesk, the demo and what whole-system tests share.
