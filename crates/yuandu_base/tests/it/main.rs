//! The calendar from outside: statutory sums, their words, and an independent library's word on each day.

#[cfg(test)]
mod batch;
#[cfg(test)]
mod budgets;
#[cfg(test)]
mod calendar_files;
#[cfg(test)]
mod days;
#[cfg(test)]
mod edits;
#[cfg(test)]
mod hours;
#[cfg(test)]
mod independent;
#[cfg(test)]
mod instants;
#[cfg(test)]
mod ledgers;
#[cfg(test)]
mod speed;
#[cfg(test)]
mod statutory_clock;
#[cfg(test)]
mod words;
