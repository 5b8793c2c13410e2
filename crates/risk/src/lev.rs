//! LEV, the likelihood of past exploitation of NIST CSWP 41.
