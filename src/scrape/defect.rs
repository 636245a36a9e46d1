//! A defect of ours, made to order: tests have the work on one barcode panic where they say.

use crate::model::Gtin;

/// Where an item's work can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Extract,
    Verify,
    Probe,
}

#[derive(Clone, Debug)]
pub(super) struct Defect {
    pub(super) step: Step,
    pub(super) ean: Gtin,
}

/// Panics where the defect is.
pub(super) fn strike(defect: Option<&Defect>, step: Step, wanted: &Gtin) {
    let hit = defect.is_some_and(|defect| defect.step == step && defect.ean == *wanted);
    assert!(!hit, "made to order at {step:?}");
}
