//! Every component on one page, in both languages, for review and for browser tests.
