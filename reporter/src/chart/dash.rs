//! Dashes: the SVG back end knows solid lines only, so a dashed line is cut into its pieces here.

use super::Px;

/// The first curve is solid, the second dashed, the third dotted.
pub(super) fn dashed(points: &[(Px, Px)], index: usize) -> Vec<Vec<(Px, Px)>> {
    let (on, off) = match index {
        0 => return vec![points.to_vec()],
        1 => (10, 5),
        _ => (2, 4),
    };
    let mut pieces: Vec<Vec<(Px, Px)>> = vec![vec![]];
    let mut walked = 0;
    for pair in points.windows(2) {
        let [a, b] = [pair[0], pair[1]];
        let (dx, dy) = ((b.0 - a.0).0, (b.1 - a.1).0);
        let length = dx.abs().max(dy.abs()).max(1);
        for step in 0..length {
            let at = (a.0 + Px(dx * step / length), a.1 + Px(dy * step / length));
            let draws = walked % (on + off) < on;
            match pieces.last_mut() {
                Some(piece) if draws => piece.push(at),
                Some(piece) if !piece.is_empty() => pieces.push(vec![]),
                _ => {}
            }
            walked += 1;
        }
    }
    pieces.retain(|piece| piece.len() > 1);
    pieces.iter().map(|piece| corners(piece)).collect()
}

/// The same line without the points that lie on the straight between their neighbours.
fn corners(points: &[(Px, Px)]) -> Vec<(Px, Px)> {
    let turns = points.windows(3).filter(|three| {
        let (ax, ay) = (three[1].0 - three[0].0, three[1].1 - three[0].1);
        let (bx, by) = (three[2].0 - three[1].0, three[2].1 - three[1].1);
        (ax, ay) != (bx, by)
    });
    let inner = turns.map(|three| three[1]);
    let ends = (points.first().copied(), points.last().copied());
    ends.0.into_iter().chain(inner).chain(ends.1).collect()
}
