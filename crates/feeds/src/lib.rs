//! Fetches vulnerability feeds: conditional, resumable, polite and bounded.
