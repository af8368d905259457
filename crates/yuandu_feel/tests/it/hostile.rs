//! Input that tries to break the evaluator.
