//! The compiled, memory-mapped store of advisories and signals.
