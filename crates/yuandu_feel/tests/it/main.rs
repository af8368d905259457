//! The crate from outside: expressions, unary tests, decision tables, hostile input, and the public TCK where it is at hand.

#[cfg(test)]
mod decisions;
#[cfg(test)]
mod expressions;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod hostile_files;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod level3;
#[cfg(test)]
mod tck;
