//! Grafana's matrix, its shorter ranges.

use groupdesk::accuracy::grafana::{RANGES, matrix, scenarios};

#[test]
fn grafanas_matrix_is_exact_in_phase_and_inside_the_bounds_with_jitter() {
    let cells = matrix(1, &RANGES[..2]);
    assert_eq!(cells.len(), scenarios().len() * 4);
    for cell in &cells {
        assert!(cell.inside, "{cell:?}");
        assert!(cell.blip || cell.exact, "{cell:?}");
        assert!(cell.accuracy > 98.0, "{cell:?}");
    }
    // The blip group says something: late results do move the estimate.
    assert!(cells.iter().any(|cell| cell.blip && !cell.exact));
}
