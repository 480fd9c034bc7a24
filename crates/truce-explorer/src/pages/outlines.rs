//! Coasts and boundaries for the map: `web/map/outlines.bin`, whose source and format its `README.md` and `make.mjs` give.
//! Only the part that a page shows leaves the server.

use std::sync::LazyLock;

static FILE: &[u8] = include_bytes!("../../web/map/outlines.bin");
static LINES: LazyLock<Vec<Line>> = LazyLock::new(|| parse(FILE).unwrap_or_default());

/// Kind of a line on the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outline {
    /// Between land and sea.
    Coast,
    /// Between two countries.
    Boundary,
}

/// Part of the earth between two meridians and two parallels, in degrees; `west` is never more than `east`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounds {
    /// Least longitude.
    pub(super) west: f64,
    /// Least latitude.
    pub(super) south: f64,
    /// Greatest longitude.
    pub(super) east: f64,
    /// Greatest latitude.
    pub(super) north: f64,
}

impl Bounds {
    /// Tells whether the two have a point in common.
    fn meets(&self, other: &Self) -> bool {
        self.west <= other.east
            && other.west <= self.east
            && self.south <= other.north
            && other.south <= self.north
    }

    fn holds(&self, (lon, lat): (f64, f64)) -> bool {
        (self.west..=self.east).contains(&lon) && (self.south..=self.north).contains(&lat)
    }

    /// With this point in it.
    #[must_use]
    pub(super) fn with(self, lon: f64, lat: f64) -> Self {
        Self {
            west: self.west.min(lon),
            south: self.south.min(lat),
            east: self.east.max(lon),
            north: self.north.max(lat),
        }
    }
}

struct Line {
    kind: Outline,
    bounds: Bounds,
    points: Vec<(f64, f64)>,
}

/// Pieces of lines that lie in `bounds`, as longitude and latitude in degrees; points nearer than `least` degrees to the
/// one before are left out.
pub(super) fn within(bounds: Bounds, least: f64) -> Vec<(Outline, Vec<(f64, f64)>)> {
    let mut pieces = Vec::new();
    for line in LINES.iter().filter(|line| line.bounds.meets(&bounds)) {
        let mut piece: Vec<(f64, f64)> = Vec::new();
        // The point before, while it is outside: the way in begins there.
        let mut outside = None;
        for point in &line.points {
            let inside = bounds.holds(*point);
            if inside && piece.is_empty() {
                piece.extend(outside);
            }
            let far = piece
                .last()
                .is_none_or(|last| (last.0 - point.0).abs().max((last.1 - point.1).abs()) >= least);
            if inside && far || !inside && !piece.is_empty() {
                piece.push(*point);
            }
            if !inside && !piece.is_empty() {
                pieces.push((line.kind, std::mem::take(&mut piece)));
            }
            outside = (!inside).then_some(*point);
        }
        if piece.len() > 1 {
            pieces.push((line.kind, piece));
        }
    }
    pieces
}

fn parse(bytes: &[u8]) -> Option<Vec<Line>> {
    let mut bytes = bytes.iter().copied();
    let count = unsigned(&mut bytes)?;
    let mut lines = Vec::new();
    for _ in 0..count {
        let kind = if unsigned(&mut bytes)? == 0 { Outline::Coast } else { Outline::Boundary };
        let (mut lon, mut lat) = (0, 0);
        let mut points = Vec::new();
        let mut bounds: Option<Bounds> = None;
        for _ in 0..unsigned(&mut bytes)? {
            lon += signed(&mut bytes)?;
            lat += signed(&mut bytes)?;
            let (x, y) = (f64::from(lon) / 1000.0, f64::from(lat) / 1000.0);
            points.push((x, y));
            bounds = Some(bounds.map_or(Bounds { west: x, south: y, east: x, north: y }, |b| b.with(x, y)));
        }
        lines.push(Line { kind, bounds: bounds?, points });
    }
    Some(lines)
}

fn unsigned(bytes: &mut impl Iterator<Item = u8>) -> Option<u32> {
    let mut n = 0u32;
    for shift in (0..32).step_by(7) {
        let byte = bytes.next()?;
        n |= u32::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(n);
        }
    }
    None
}

fn signed(bytes: &mut impl Iterator<Item = u8>) -> Option<i32> {
    let n = unsigned(bytes)?;
    let half = i32::try_from(n >> 1).ok()?;
    Some(if n & 1 == 0 { half } else { -half - 1 })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]

    use super::*;

    #[test]
    fn the_file_reads_to_its_end_and_lies_on_the_earth() {
        let lines = parse(FILE).expect("outlines.bin");
        assert!(lines.len() > 3000);
        let earth = Bounds { west: -180.001, south: -90.001, east: 180.001, north: 90.001 };
        assert!(lines.iter().flat_map(|line| &line.points).all(|point| earth.holds(*point)));
    }

    #[test]
    fn a_part_of_the_earth_has_its_lines_and_no_others() {
        let azov = Bounds { west: 36.0, south: 46.0, east: 40.0, north: 49.0 };
        let pieces = within(azov, 0.01);
        assert!(pieces.iter().any(|(kind, _)| *kind == Outline::Coast));
        assert!(pieces.iter().any(|(kind, _)| *kind == Outline::Boundary));
        let outside =
            pieces.iter().flat_map(|(_, points)| points).filter(|point| !azov.holds(**point)).count();
        assert!(outside <= 2 * pieces.len());
        assert!(within(Bounds { west: -30.0, south: 40.0, east: -29.0, north: 41.0 }, 0.01).is_empty());
    }
}
