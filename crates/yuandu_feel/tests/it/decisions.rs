//! Decision models written for these tests: every hit policy, requirements, and the problems a file can have.
