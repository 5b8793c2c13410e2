//! SSVC decision tables and their evaluation.
