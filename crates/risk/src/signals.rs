//! What is known of exploitation, with source and age.
