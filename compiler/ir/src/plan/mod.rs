//! The plan: what one proxy is told.
