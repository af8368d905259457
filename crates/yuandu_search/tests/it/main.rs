//! Search over a real store: finds what is there, follows the log, and stays exact under random changes.

#[cfg(test)]
mod exact;
#[cfg(test)]
mod follows;
#[cfg(test)]
mod town;
