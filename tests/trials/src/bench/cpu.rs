//! Processor time of this process: what noise from other processes does not touch.

/// User and system time so far, seconds, at the kernel's resolution of 10 ms.
pub(super) fn seconds() -> f64 {
    // Fields 14 and 15.
    two_fields(14)
}

/// User and system time of the children that have ended and were waited for.
pub(super) fn children_seconds() -> f64 {
    // Fields 16 and 17.
    two_fields(16)
}

fn two_fields(first: usize) -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("this is Linux");
    // Counted behind the command name, the second, which stands in parentheses.
    let fields: Vec<&str> = stat.rsplit(')').next().expect("a command name").split_whitespace().collect();
    let ticks = |field: usize| fields[field - 3].parse::<f64>().expect("a number");
    (ticks(first) + ticks(first + 1)) / 100.0
}

/// Processor time of the whole machine since its start, seconds: at work, whoever for, or taken by the machine's own host;
/// and idle.
pub(super) fn machine_seconds() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/stat").expect("this is Linux");
    let all = stat.lines().next().expect("a line for all processors").split_whitespace().skip(1).take(8);
    let ticks: Vec<f64> = all.map(|n| n.parse().expect("a number")).collect();
    let idle = (ticks[3] + ticks[4]) / 100.0;
    (ticks.iter().sum::<f64>() / 100.0 - idle, idle)
}
