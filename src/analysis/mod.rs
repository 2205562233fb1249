//! Pure logic: what samples mean. Reads no clock, opens nothing, cannot fail.
