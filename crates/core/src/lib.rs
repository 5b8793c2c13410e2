//! The use cases: update the knowledge base, scan, explain, watch.
