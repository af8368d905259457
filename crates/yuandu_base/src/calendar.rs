//! The statutory working calendar.
